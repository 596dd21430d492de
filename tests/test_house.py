"""The house's own rules: who may do what, what a start refuses, what never stands in the repository."""

from __future__ import annotations

import ast
import logging
import re
import subprocess
import tomllib

import pytest
from canaries import Overheard
from telegram.ext import Application, CommandHandler

import handlers
from bot import callbacks, logs
from bot.domain import policy
from bot.errors import NotAllowed
from bot.settings import ROOT


@pytest.fixture
def application():
    return Application.builder().token("42:SIMULATOR").updater(None).job_queue(None).build()


def test_every_door_names_its_row_of_the_policy(application):
    handlers.register(application)

    doors = application.handlers[0]
    assert {door.callback.action for door in doors} <= set(policy.POLICY)
    assert len(doors) > 10


def test_a_door_without_a_row_fails_the_start(application, monkeypatch):
    async def undeclared(update, context):
        """A handler that somebody forgot to declare."""

    monkeypatch.setattr(handlers.home, "doors", lambda: [CommandHandler("x", undeclared)])

    with pytest.raises(RuntimeError, match="undeclared: action None has no row in the policy table"):
        handlers.register(application)


@pytest.mark.parametrize("role", list(policy.Role))
def test_a_role_may_do_what_the_ones_before_it_may(role):
    ranks = list(policy.Role)
    for action, rule in policy.POLICY.items():
        assert policy.may(role, action) == (ranks.index(role) >= ranks.index(rule.least))


@pytest.mark.parametrize(
    ("role", "action"), [("visitor", "questions.answer"), ("coordinator", "moon.fly"), ("king", "members.start")]
)
def test_what_has_no_row_is_refused(role, action):
    with pytest.raises(NotAllowed):
        policy.require(role, action)


def test_a_button_says_at_most_64_bytes():
    with pytest.raises(ValueError, match="too long"):
        callbacks.Open("x" * 64).pack()


@pytest.mark.parametrize("press", [callbacks.ChooseLanguage("bm"), callbacks.ShowGroup("money", 2), callbacks.AskPerson(7)])
def test_a_button_is_read_back_as_it_was_packed(press):
    assert type(press).parse(press.pack()) == press


def _lines(*told: tuple[float, str, tuple[object, ...]]) -> list[str]:
    calm, lines = logs.OncePerMinute(), []
    for created, message, args in told:
        record = logging.LogRecord("bot.worker", logging.WARNING, __file__, 1, message, args, None)
        record.created = created
        if calm.filter(record):
            lines.append(record.getMessage())
    return lines


def test_b5_an_hour_of_one_fault_is_a_line_a_minute_and_another_fault_is_heard():
    hour = [(1000.0 + second, "delivery not sent id=%s error=%s", (second, "NotSent")) for second in range(3600)]
    other = (1000.5, "delivery not sent id=%s error=%s", (7, "Ambiguous"))

    lines = _lines(*hour, other)

    assert len(lines) == 60 + 1
    assert lines[:2] == ["delivery not sent id=0 error=NotSent", "delivery not sent id=60 error=NotSent kept_back=59"]


def test_b5_a_clock_that_is_put_back_silences_nothing():
    assert _lines((9000.0, "database away", ()), (1000.0, "database away", ())) == ["database away", "database away"]


@pytest.mark.parametrize(
    ("told", "logged"),
    [
        ("POST /bot123456789:" + "A" * 35 + "/getMe", "POST /bot…/getMe"),
        ("call +33 6 12 34 56 78 now", "call … now"),
        ("chat=1234 id=77", "chat=1234 id=77"),
        ("two\x1b[31m", "two\\x1b[31m"),
    ],
)
def test_tokens_and_phone_numbers_are_taken_out_of_logs(told, logged):
    assert logs.redacted(told) == logged


def _written(tell):
    """Return whoever overheard what `tell` says to a logger of ours."""
    overheard = Overheard()
    overheard.begin()
    logger = logging.Logger("bot.sown")
    logger.addHandler(overheard)
    tell(logger)
    return overheard


@pytest.mark.parametrize(
    "leak",
    ["j'ai mal aux dents", "Fanta", "+33612345678", "06 12 34 56 78", "42:SIMULATOR", "j'ai mal aux dents depuis hier"],
)
def test_j6_a_sown_leak_is_overheard(leak):
    overheard = _written(lambda logger: logger.debug("answered text=%s", leak))
    overheard.let_out({"text": "j'ai mal aux dents"})

    assert len(overheard.leaks()) == (0 if leak.startswith(("+", "06")) else 1)
    assert len(_raw(leak).leaks()) == 1


def _raw(leak):
    overheard = _written(lambda logger: None)
    overheard.lines = [f"answered text={leak}"]  # as if the last line of defence had not taken numbers out
    overheard.let_out({"text": "j'ai mal aux dents"})
    return overheard


def _bug(logger, words):
    try:
        try:
            int(words)
        except ValueError:
            {}[words]
    except KeyError:
        logger.exception("update failed code=%s", "77AA")


def test_j6_a_traceback_says_where_and_not_what_somebody_wrote():
    [line] = _written(lambda logger: _bug(logger, "mes douleurs")).lines

    assert "mes douleurs" not in line
    assert line.index("ValueError") < line.index("KeyError")
    assert "int(words)" in line and "in _bug" in line


def test_j6_what_speaks_of_code_is_still_said():
    def bug(logger):
        try:
            None.telegram_id  # noqa: B018
        except AttributeError:
            logger.exception("update failed")

    assert "AttributeError: 'NoneType' object has no attribute 'telegram_id'" in _written(bug).lines[0]


@pytest.mark.parametrize("value", ["two\nlines", "two\r\n", "\x1b[31mred", "a\u2028b", "a\x85b", "\x9b31m", "\x00", "\ud800"])
@pytest.mark.parametrize("form", ["json", "text"])
def test_g5_one_event_stays_one_line(value, form):
    line = logs.lines(form).format(logging.LogRecord("bot", logging.INFO, __file__, 1, "id=%s", (value,), None))

    assert len(line.splitlines()) == 1
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", line.replace("\x1b[0m", ""))
    assert line.encode("utf-8")


def tracked():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return [ROOT / name for name in listed]


def test_the_top_level_is_the_plan():
    kept = {"bot", "handlers", "locales", "db", "tests", "pyproject.toml", "README.md", "LICENSE", "run",
            "requirements.lock", "requirements-test.lock", "Containerfile", "compose.yaml"}  # fmt: skip

    assert {path.relative_to(ROOT).parts[0] for path in tracked()} - kept <= {".ci", ".deploy", ".gitignore", ".readme"}


def test_no_registry_host_no_machine_path_and_no_secret_is_tracked():
    forbidden = re.compile(
        "py" + r"pi\.org|files\.python" + r"hosted|/ho" + r"me/\w|/ro" + r"ot/|/wo" + r"rk/|[0-9]{8,10}:AA[A-Za-z0-9_-]{33}"
    )
    for path in tracked():
        if path.suffix not in (".png", ".webp", ".woff2", ".ogg", ".ttf"):
            assert not forbidden.search(path.read_text("utf-8")), path


# What runs or opens what somebody sent, or leaves a file where anybody may look: no code of ours says any of it.
FORBIDDEN_CALLS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load", "yaml.load_all", "yaml.unsafe_load",
    "yaml.full_load", "tempfile.mktemp", "tempfile.mkstemp", "Image.open", "PIL.Image.open", "shutil.unpack_archive",
    "zipfile.ZipFile.extractall", "numpy.load", "np.load", "subprocess.getoutput", "asyncio.create_subprocess_shell",
}  # fmt: skip
FORBIDDEN_MODULES = {"pickle", "_pickle", "dill", "shelve", "marshal", "joblib", "xmlrpc", "telnetlib", "ftplib", "pdb"}
FORBIDDEN_METHODS = {"extractall", "extract"}
# Where XML is read: by expat itself, which is told to refuse every document type (bot/lists/workbook.py).
XML = {"bot/lists/workbook.py": {"xml.parsers.expat"}}
# The simulator reads the head of a picture, for its size; nothing of ours decodes one.
ALLOWED = {("bot/simulator/pictures.py", "Image.open")}


def _dotted(node):
    """Return what is called, as it is written: `os.system`."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _faults_of(path, tree):
    """Yield what this file does that no file of ours may."""
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            named = [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
            found = [f"{node.module}.{one.name}" for one in node.names] if isinstance(node, ast.ImportFrom) else named
            yield from (one for one in named if one.split(".")[0] in FORBIDDEN_MODULES)
            yield from (one for one in found if one in FORBIDDEN_CALLS)
            yield from (one for one in found if one.split(".")[0] == "xml" and one not in XML.get(name, ()))
        elif isinstance(node, ast.Call):
            called = _dotted(node.func)
            is_method = "." in called and called.rpartition(".")[2] in FORBIDDEN_METHODS
            if (called in FORBIDDEN_CALLS or is_method) and (name, called) not in ALLOWED:
                yield called
            for keyword in node.keywords:
                if keyword.arg == "shell" and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False):
                    yield f"{called}(shell=)"
                if keyword.arg == "allow_pickle":
                    yield f"{called}(allow_pickle=)"


def test_goal_19_no_code_of_ours_runs_or_unpacks_what_somebody_sent():
    ours = ("bot", "handlers", "db")
    product = [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in ours]
    faults = [(path, fault) for path in product for fault in _faults_of(path, ast.parse(path.read_text("utf-8")))]

    assert len(product) > 150
    assert faults == []


@pytest.mark.parametrize(
    "sown",
    ["import pickle", "from pickle import loads", "import numpy as np\nnp.load(f)", "eval('1')", "exec(x)",
     "import os\nos.system(x)", "import subprocess\nsubprocess.run(x, shell=True)", "yaml.load(x)", "from yaml import load",
     "import tempfile\ntempfile.mktemp()", "from PIL import Image\nImage.open(x)", "archive.extractall(folder)",
     "import xml.etree.ElementTree", "from xml.dom import minidom", "numpy.load(f, allow_pickle=True)"],
)  # fmt: skip
def test_goal_19_a_sown_call_is_seen(sown):
    assert list(_faults_of(ROOT / "bot/sown.py", ast.parse(sown)))


def test_goal_19_every_direct_dependency_is_pinned_with_a_hash():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    direct = {re.match(r"[A-Za-z0-9-]+", one)[0].lower() for one in project["project"]["dependencies"]}
    test = {re.match(r"[A-Za-z0-9-]+", one)[0].lower() for one in project["dependency-groups"]["test"]}
    locked = {}
    for name in ("requirements.lock", "requirements-test.lock"):
        pieces = re.split(r"\n(?=[a-z])", (ROOT / name).read_text("utf-8"))
        packages = [(re.match(r"([a-z0-9-]+)(\[[a-z,]+\])?==[0-9]", one), one) for one in pieces if one[0].isalpha()]
        assert len(packages) > 20
        assert all(pinned and re.search("--hash=sha256:[0-9a-f]{64}", one) for pinned, one in packages), name
        locked[name] = {pinned[1] for pinned, _ in packages}

    assert direct <= locked["requirements.lock"]
    assert direct | test <= locked["requirements-test.lock"]
