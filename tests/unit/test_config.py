"""[tool.uniqver] and the variables that go with it."""

from __future__ import annotations

import pytest
from tests.support.facts import config

from uniqver.config import (
    BranchRule,
    Config,
    read_config,
    setting,
    unknown_variables,
    variable_for,
)
from uniqver.config.kinds import KEYS
from uniqver.errors import ConfigError
from uniqver.project import parse_pyproject

EVERYTHING = """
source = "ci"
base = "v1.4"
bump = "minor"
segment = "rc"
tag-prefix = "pkg-a-v"
root = "../.."
version-file = "src/a/_version.py"
workflow = "publish.yml"
repository = "acme/demo"
allow-changes = ["src/a/_generated.py", "docs/"]
offset = 1000
local = false
counter = "git+origin"
sdist-files = "tracked"
index = "https://pypi.example.org/simple"
branches = {"release/*" = {segment = "rc", local = false}, main = {bump = "minor"}}
paths = ["shared", "docs/"]
strict = true
"""


def test_defaults() -> None:
    """An empty table is every default."""
    assert config() == Config()


def test_every_key_is_read() -> None:
    """Each key of the table comes out as the field of its name."""
    assert config(EVERYTHING) == Config(
        source="ci",
        base="1.4",
        bump="minor",
        segment="rc",
        tag_prefix="pkg-a-v",
        root="../..",
        version_file="src/a/_version.py",
        workflow="publish.yml",
        repository="acme/demo",
        allow_changes=("src/a/_generated.py", "docs"),
        offset=1000,
        local=False,
        counter="git+origin",
        sdist_files="tracked",
        index="https://pypi.example.org/simple",
        branches=(
            BranchRule(pattern="release/*", settings={"segment": "rc", "local": False}),
            BranchRule(pattern="main", settings={"bump": "minor"}),
        ),
        paths=("shared", "docs"),
        strict=True,
    )


def test_each_field_is_a_key() -> None:
    """What the declaration has is what is read: a default that its own reader refuses can't be there."""
    assert [name.replace("-", "_") for name in KEYS] == list(Config._fields)
    defaults = zip(KEYS.items(), Config()._asdict().values(), strict=True)
    written = [(name, kind, default) for (name, kind), default in defaults if default not in (None, ())]
    assert [name for name, kind, default in written if kind.read(default) != default] == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('sorce = "ci"', "sorce: unknown key; did you mean source?"),
        ("tag_prefix = 'v'", "tag_prefix: unknown key; did you mean tag-prefix?"),
        ("zzzzz = 1", "zzzzz: unknown key"),
        ('source = "cii"', "source: must be one of 'auto', 'ci', 'distance', 'counter', 'timestamp', not 'cii'"),
        ("source = 1", "not 1"),
        ('base = "one"', "base: 'one' is not a PEP 440 version"),
        ('base = "1.0.dev1"', """base: '1.0.dev1' is not a release; write base = "1.0\""""),
        ('base = "1.0+local"', 'write base = "1.0"'),
        (f'base = "{2**63}.0"', "has a number above"),
        (f'base = "{"9" * 5000}"', "is not a PEP 440 version"),
        ("base = 1.4", "base: must be a string in quotes, not 1.4"),
        ('base = " "', "base: is empty"),
        ('base = "1\\t"', "holds a character that can't be printed"),
        ('bump = "patsch"', "did you mean patch?"),
        ("offset = -1", "offset: must be a whole number from 0 to 9223372036854775807"),
        ("offset = true", "not True"),
        ('offset = "1"', "not '1'"),
        ('local = "no"', "local: must be true or false"),
        ('root = "/srv"', "root: must be a relative path"),
        ('root = "C:/x"', "root: must be a relative path"),
        ('root = "\\\\x"', "root: must be a relative path"),
        (
            "version-file = true",
            'version-file: must be a Python file inside the project, like "src/acme/_version.py", or false, not True',
        ),
        ('version-file = "../v.py"', "version-file: must be a Python file inside the project"),
        ('version-file = "v.txt"', "version-file: must be a Python file inside"),
        ('workflow = "Publish"', 'must be the file of a workflow, like "publish.yml"'),
        ('paths = "shared"', "paths: must be a list of paths"),
        ('root = ".."\npaths = ["../shared"]', "must be a list of paths from the repository's root"),
        ('repository = "demo"', "repository: must be owner and name of a repository, like \"acme/demo\", not 'demo'"),
        ('repository = "https://me:secret@host/acme/demo"', "not 'https://host/acme/demo'"),
        ('repository = "git@host:acme/demo.git"', "repository: must be owner and name"),
        ('allow-changes = "a.py"', "allow-changes: must be a list of files"),
        ('allow-changes = ["../a.py"]', "allow-changes: must be a list of files of the project"),
        ('allow-changes = ["/a.py"]', "not '/a.py'"),
        ('allow-changes = ["src/*.py"]', "not 'src/*.py'"),
        ('paths = ["shared"]', "paths: has no effect without root"),
        ("branches = []", "branches: must be a table of patterns"),
        ('branches = {main = "rc"}', "branches: main: must be a table like"),
        ('branches = {main = {segmnt = "rc"}}', "branches: main: segmnt: not for a branch; did you mean segment?"),
        ('branches = {main = {root = ".."}}', "branches: main: root: not for a branch"),
        (
            "branches = {main = {offset = 5}}",
            "main: offset: not for a branch (source, base, bump, segment, local, strict are)",
        ),
        ('branches = {main = {segment = "RC"}}', "branches: main: segment: must be one of"),
        ('counter = ["redis://me:secret@host"]', "counter: must be a string in quotes, not ['redis://host']"),
        ("index = 'https://" + "x" * 80 + "\\n'\nlocal = 3", "local: must be true or false"),
    ],
)
def test_problems(text: str, problem: str) -> None:
    """What a key can't be is said with the key, what was found, and where there is a guess, what was meant."""
    with pytest.raises(ConfigError) as refused:
        config(text)
    assert problem in refused.value.what
    assert "secret" not in str(refused.value)


def test_all_problems_at_once() -> None:
    """Nobody has to build five times to find five problems."""
    with pytest.raises(ConfigError) as refused:
        config(
            'zzz = "red"\nbase = "x"\nbranches = {a = {bump = 1, local = 2}, b = 3}',
            {"UNIQVER_OFFSET": "many"},
        )
    what = refused.value.what
    assert what.startswith("the settings: 6 problems\n")
    for part in ("zzz", "base", "branches: a: bump", "branches: a: local", "branches: b", "UNIQVER_OFFSET"):
        assert f"\n  - {part}:" in what
    assert refused.value.fix.startswith(
        "correct [tool.uniqver] in pyproject.toml; correct or unset UNIQVER_OFFSET; keys are source, base,"
    )


def test_a_mistyped_key_has_the_one_that_is_meant_and_not_all_of_them() -> None:
    """A list of 18 keys hides the one that the error names already."""
    with pytest.raises(ConfigError, match="did you mean source") as refused:
        config('sorce = "ci"')
    assert refused.value.fix == "correct [tool.uniqver] in pyproject.toml"


def test_long_values_are_shown_short() -> None:
    """An error stays one line however long the value is."""
    with pytest.raises(ConfigError) as refused:
        config(f'base = "{"x" * 500}"')
    assert len(refused.value.what) < 160


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("UNIQVER_SOURCE", "distance", "source", "distance"),
        ("UNIQVER_BASE", "2.0", "base", "2.0"),
        ("UNIQVER_TAG_PREFIX", "", "tag_prefix", ""),
        ("UNIQVER_VERSION_FILE", "false", "version_file", False),
        ("UNIQVER_VERSION_FILE", "a/_v.py", "version_file", "a/_v.py"),
        ("UNIQVER_OFFSET", "7", "offset", 7),
        ("UNIQVER_REPOSITORY", "acme/demo", "repository", "acme/demo"),
        ("UNIQVER_ALLOW_CHANGES", '["a.py"]', "allow_changes", ("a.py",)),
        ("UNIQVER_LOCAL", "0", "local", False),
        ("UNIQVER_STRICT", "1", "strict", True),
        ("UNIQVER_STRICT", "true", "strict", True),
        ("UNIQVER_COUNTER", "git+origin", "counter", "git+origin"),
        (
            "UNIQVER_BRANCHES",
            '{main = {segment = "rc"}}',
            "branches",
            (BranchRule(pattern="main", settings={"segment": "rc"}),),
        ),
        ("UNIQVER_SOURCE_FOR_APP", "ci", "source", "ci"),
    ],
)
def test_variables_override_keys(variable: str, text: str, field: str, value: object) -> None:
    """Every key can be overridden: text as it is, everything else as TOML writes it."""
    assert getattr(config("", {variable: text}), field) == value


def test_the_projects_own_variable_wins() -> None:
    """UNIQVER_SOURCE_FOR_APP stands above UNIQVER_SOURCE, and another project's has no say."""
    environ = {"UNIQVER_SOURCE": "ci", "UNIQVER_SOURCE_FOR_APP": "distance", "UNIQVER_SOURCE_FOR_OTHER": "counter"}
    assert config("", environ).source == "distance"
    assert config("", environ, project=None).source == "ci"


def test_an_empty_override_is_an_error() -> None:
    """A variable that came out empty in a pipeline doesn't mean the default."""
    with pytest.raises(ConfigError, match="UNIQVER_SOURCE: must be one of"):
        config("", {"UNIQVER_SOURCE": ""})


@pytest.mark.parametrize("text", ["[a", "[" * 5000 + "]" * 5000, "9" * 5000])
def test_broken_toml_in_a_variable(text: str) -> None:
    """What is not TOML, or more than a reader takes, is read as text, and refused as such."""
    with pytest.raises(ConfigError, match="UNIQVER_PATHS: must be a list of paths"):
        config("", {"UNIQVER_PATHS": text})


@pytest.mark.parametrize("text", ["[a", "a = " + "[" * 5000 + "]" * 5000, "a = " + "9" * 5000, "a = 1\na = 2"])
def test_toml_that_no_reader_takes(text: str) -> None:
    """One kind of error, whatever is wrong."""
    with pytest.raises(ConfigError, match=r"^pyproject\.toml is not valid TOML: "):
        parse_pyproject(text, "pyproject.toml")


def test_a_variable_stands_above_the_rules_for_branches() -> None:
    """UNIQVER_SEGMENT holds on every branch, also on one with a segment of its own."""
    text = 'branches = {main = {segment = "rc", bump = "minor"}}'
    ruled, rule = config(text, {"UNIQVER_SEGMENT": "b"}).on_branch("main")
    assert (ruled.segment, ruled.bump) == ("b", "minor")
    assert rule is not None


@pytest.mark.parametrize(
    ("branch", "segment"),
    [("release/1.4", "rc"), ("release/1/4", "rc"), ("main", "b"), ("Release/1", "a"), ("x", "a"), (None, "dev")],
)
def test_the_first_matching_rule_wins(branch: str | None, segment: str) -> None:
    """Rules are tried in their order; no branch, no rule."""
    rules = 'branches = {"release/*" = {segment = "rc"}, main = {segment = "b"}, "*" = {segment = "a"}}'
    assert config(rules).on_branch(branch)[0].segment == segment


def test_no_rule_matches() -> None:
    """Without a match everything stays, and there is no rule to name."""
    plain = config('branches = {main = {segment = "b"}}')
    assert plain.on_branch("dev") == (plain, None)


def test_plain_names_and_patterns() -> None:
    """Only a pattern without signs is the name of one branch."""
    assert BranchRule(pattern="main", settings={}).names_one_branch
    for pattern in ("release/*", "ma?n", "[m]ain"):
        assert not BranchRule(pattern=pattern, settings={}).names_one_branch


@pytest.mark.parametrize(
    ("project", "name"),
    [("xtrade-ai", "UNIQVER_VERSION_FOR_XTRADE_AI"), ("a.b__c", "UNIQVER_VERSION_FOR_A_B_C"), (None, None)],
)
def test_variable_for_a_project(project: str | None, name: str | None) -> None:
    """Runs of dashes, dots and underscores become one underscore."""
    assert variable_for("UNIQVER_VERSION", project) == name


def test_settings_that_are_no_keys() -> None:
    """The project's own variable comes first, spaces around a value don't count, and none is none."""
    environ = {"UNIQVER_VERSION": "1", "UNIQVER_VERSION_FOR_APP": " 2\n"}
    assert setting(environ, "UNIQVER_VERSION", "app") == ("UNIQVER_VERSION_FOR_APP", "2")
    assert setting(environ, "UNIQVER_VERSION", "other") == ("UNIQVER_VERSION", "1")
    assert setting({}, "UNIQVER_VERSION", "app") is None


def test_a_setting_that_is_empty() -> None:
    """A version job whose output was misspelled hands on nothing: that is an error, not a fresh version."""
    with pytest.raises(ConfigError, match="UNIQVER_VERSION is set, but empty"):
        setting({"UNIQVER_VERSION": " "}, "UNIQVER_VERSION", None)


def test_unknown_variables() -> None:
    """A variable that nothing reads is named, with what was probably meant."""
    environ = {
        "UNIQVER_SOURCE": "ci", "UNIQVER_BUILD_NUMBER": "1", "UNIQVER_BASE_FOR_APP": "1", "PATH": "",
        "UNIQVER_COMMIT": "1f3a",
        "UNIQVER_BUILDNUMBER": "1", "UNIQVER_ZZZ": "",
    }  # fmt: skip
    assert unknown_variables(environ) == [
        "UNIQVER_BUILDNUMBER: unknown variable; did you mean UNIQVER_BUILD_NUMBER?",
        "UNIQVER_ZZZ: unknown variable",
    ]


def test_a_refused_setting_that_is_nearly_a_url_shows_no_password() -> None:
    """A space or a line break in a password cuts a URL in two: as a whole it is none, so only its scheme is shown."""
    with pytest.raises(ConfigError) as caught:
        read_config({}, {"UNIQVER_COUNTER": "http://me: s3cr3t@host/\r\n"}, project=None)
    assert "s3cr3t" not in str(caught.value)
    assert "http://***" in str(caught.value)


@pytest.mark.parametrize(
    "text", ['counter = "redis://:s3cr3t@host"', 'index = "https://me:s3cr3t@index.example/simple/"']
)
def test_a_password_in_the_settings(text: str) -> None:
    """It would be in every sdist: an error in any build, also in one that asks neither counter nor index."""
    with pytest.raises(ConfigError, match="holds a password") as caught:
        config(text)
    assert "s3cr3t" not in str(caught.value)
    key, _, url = text.partition(" = ")
    variable = f"UNIQVER_{key.upper()}"
    assert f"set {variable} instead" in str(caught.value)
    assert getattr(config("", {variable: url.strip('"')}), key) == url.strip('"')
