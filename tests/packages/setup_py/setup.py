import runpy

from setuptools import setup

# a setup.py that reads the version file itself, as many do
version = runpy.run_path("sample_setup_py/_version.py")["__version__"]

setup(description=f"Says {version} in its description", packages=["sample_setup_py"])
