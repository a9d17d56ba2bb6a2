# SPDX-License-Identifier: Apache-2.0
"""Completion in real shells: bash with the package bash-completion and without it, zsh with the functions found
by their names or read by source. What is to be offered comes from the man pages."""

import json
import os
import re
import shutil
import subprocess
import tempfile

import pytest

from pages import help_of, options_of, page_commands, page_options, read, section
from shells import Shell
from vclient import BUILD, REPO, VOUCHERCTL, VOUCHERD, VOUCHERQ

MADE = os.path.join(os.path.abspath(BUILD), "tools", "completion")
GENERATE = os.path.join(REPO, "tools", "completion", "generate.py")
PACKAGE = "/usr/share/bash-completion/bash_completion"
COMPINIT = "autoload -U compinit\ncompinit -u -D\n"

# As README.md has it, and as an installed tree has it.
KINDS = {
    "bash by source": ("bash", "source <(cat '%s'/voucher*)\n" % MADE, {}),
    "bash with its package": ("bash", "source %s\n" % PACKAGE, {"BASH_COMPLETION_USER_DIR": "installed"}),
    "zsh by source": ("zsh", COMPINIT + "source <(cat '%s'/_voucher*)\n" % MADE, {}),
    "zsh by name": ("zsh", "fpath=('%s' $fpath)\n%s" % (MADE, COMPINIT), {}),
}
FILES = {"policy.yaml", "第 一批.jsonl", "books"}


@pytest.fixture(scope="module", params=list(KINDS))
def shell(request):
    kind, setup, env = KINDS[request.param]
    top = tempfile.mkdtemp(prefix="vd-", dir=os.environ.get("VOUCHERD_TMP"))
    work = os.path.join(top, "work")
    os.makedirs(os.path.join(work, "books"))
    for name in FILES - {"books"}:
        open(os.path.join(work, name), "w").close()
    os.mkdir(os.path.join(top, "installed"))
    os.symlink(MADE, os.path.join(top, "installed", "completions"))
    s = Shell(kind, setup, os.path.join(top, "home"), work, **{k: os.path.join(top, v) for k, v in env.items()})
    yield s
    s.end()
    shutil.rmtree(top)


@pytest.mark.parametrize("program,path", [(VOUCHERCTL, "tools/voucherctl.1"), (VOUCHERQ, "tools/voucherq.1")])
def test_every_command_and_option_is_offered(shell, program, path):
    page, name = read(path), os.path.basename(program)
    everywhere = options_of(help_of(program))
    own = page_commands(page)
    assert len(own) >= 8
    assert shell.offers(name + " ") == {c.split()[0] for c in own}
    assert shell.offers(name + " ", "--") == {"--" + o for o in everywhere}
    for first in {c.split()[0] for c in own if " " in c}:
        assert shell.offers("%s %s " % (name, first)) == {c.split()[1] for c in own if c.startswith(first + " ")}
    for command in own:
        books = {"dry-run"} & options_of(help_of(program, *command.split()))
        assert shell.offers("%s --json %s " % (name, command), "--") == \
            {"--" + o for o in own[command] | everywhere | books}, command


@pytest.mark.parametrize("program,path", [("voucherd", "daemon/voucherd.8"),
                                          ("voucher-bench", "tools/voucher-bench.1")])
def test_every_option_of_the_others_is_offered(shell, program, path):
    assert shell.offers(program + " ", "--") - {"--help", "--usage"} == \
        {"--" + o for o in page_options(read(path))} - {"--help", "--usage"}


def test_beginnings_are_completed(shell):
    assert shell.offers("voucherctl ", "po") == {"policy"}
    assert shell.offers("voucherctl voucher ", "re") == {"redeem"}
    assert shell.offers("voucherctl voucher issue --measure 1 ", "--en") == {"--enterprise"}
    assert shell.offers("voucherctl voucher issue --measure 1 --enterprise=X ", "--da") == set()
    for line in ("voucherctl voucher issue --en", "voucherctl voucher redeem 7 --inv", "voucherctl voucher void --rea"):
        assert re.fullmatch(line + "[a-z]+[= ]", shell.line_after(line))
    assert shell.offers("voucherq --timeout 3 --addr unix:/a:b ", "stat") == {"statement", "status"}
    assert shell.offers("voucherq --timeout=3 --addr=unix:/a:b vouchers --state ", "o") == {"open"}


WORDS = [("voucherq vouchers", "--state", {"open", "used", "void", "lapsed"}),
         ("voucherd --allow-me", "--log-level", {"debug", "info", "warning", "error"}),
         ("voucher-bench issue", "--ids", {"time", "random"})]


@pytest.mark.parametrize("before,option,words", WORDS)
def test_words_are_offered_and_in_the_pages(shell, before, option, words):
    assert shell.offers("%s %s " % (before, option)) == words
    joined = shell.offers("%s %s=" % (before, option))
    assert {w.replace(option + "=", "") for w in joined} == words
    one = min(words)
    assert shell.offers("%s %s " % (before, option), one[:2]) == {one}
    assert shell.offers("%s %s=" % (before, option), one[:2]) == {one}
    program = before.split()[0]
    page = read({"voucherq": "tools/voucherq.1", "voucherd": "daemon/voucherd.8",
                 "voucher-bench": "tools/voucher-bench.1"}[program])
    assert words <= {w for line in re.findall(r"\bCm (.*)", page) for w in re.findall("[a-z]+", line)}


def test_workloads_are_offered(shell):
    page = read("tools/voucher-bench.1")
    named = set(re.search(r"^\.Cm (.*)", section(page, "SYNOPSIS"), re.M).group(1).split(" | "))
    assert shell.offers("voucher-bench ") == named
    assert shell.offers("voucher-bench -c 2 --seconds 1 ", "re") == {"redeem"}


@pytest.mark.parametrize("line", ["voucherctl policy check ", "voucherctl --json policy adopt --dry-run ",
                                  "voucherctl batch --atomic ", "voucherd --config ", "voucherd -c ",
                                  "voucher-bench issue --policy "])
def test_files_are_offered_where_a_file_is_meant(shell, line):
    assert shell.offers(line) == FILES
    assert shell.offers(line, "pol") == {"policy.yaml"}


def test_directories_are_offered_for_a_book(shell):
    assert shell.offers("voucherd --book ") == {"books"}
    assert shell.offers("voucherd -b ", "bo") == {"books"}


def test_a_socket_is_offered_for_an_address(shell):
    for line in ("voucherctl --addr ", "voucherq status --addr ", "voucherd -a ", "voucher-bench issue --addr "):
        assert shell.offers(line) == {"unix:"}
        assert {w.replace("unix:", "") for w in shell.offers(line, "unix:pol")} == {"policy.yaml"}
        assert shell.line_after(line + "u").endswith(" unix:"), "the path follows without a blank"


@pytest.mark.parametrize("line", ["voucherctl voucher issue --amount ", "voucherctl voucher redeem ",
                                  "voucherctl --timeout ", "voucherctl enterprise add 91350602MA000TX06E --trait ",
                                  "voucherctl lapse --day ", "voucherq voucher ", "voucherq enterprise ",
                                  "voucherd --test-clock ", "voucherd --journal-map=", "voucher-bench issue -n "])
def test_nothing_is_offered_for_numbers_and_names(shell, line):
    assert shell.offers(line) == set()
    assert shell.offers(line, "p") == set()


# ---- Where it comes from ----

def test_what_is_installed_and_where():
    said = subprocess.run(["meson", "introspect", "--installed", os.path.abspath(BUILD)], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    where = {os.path.relpath(to, "/") for made, to in json.loads(said).items() if made.startswith(MADE)}
    ends = {"/".join(w.split("/")[-4:]) for w in where}
    assert ends == {"share/bash-completion/completions/" + p for p in ("voucherctl", "voucherd", "voucherq")} | \
        {"share/zsh/site-functions/_" + p for p in ("voucherctl", "voucherd", "voucherq")}


HELP = r"""#!/bin/bash
case "$*" in
--help) cat <<'END'
Usage: tool [OPTION...] COMMAND
Does.

Commands:
  bake bread         Bakes: a loaf.
  bake a cake        Bakes [more], and "$HOME".
  rest               Rests, isn't it?

For every command:
      --oven=FILE   Where: '$(touch broken)' `touch broken` [hot] \ 100 %
      --help   Help
END
;;
"bake bread --help") cat <<'END'
Usage: tool bake bread [--form=round|long] [-q] FLOUR|WATER|salt
            FILE
Bakes.

  -q, --quick-rise   Quick
      --form=round|long   Form
      --oven=FILE   Where: '$(touch broken)' `touch broken` [hot] \ 100 %
      --help   Help
END
;;
*) printf 'Usage: tool rest\n\n      --oven=FILE   Elsewhere\n      --help   Help\n' ;;
esac
"""


@pytest.mark.parametrize("kind", ["bash", "zsh"])
def test_commands_and_options_of_any_program_need_no_line_elsewhere(home, kind):
    """Three words, one word, arguments, and help that is full of what shells take for their own."""
    tool = os.path.join(home, "tool")
    with open(tool, "w", encoding="utf-8") as f:
        f.write(HELP)
    os.chmod(tool, 0o755)
    made = [os.path.join(home, name) for name in ("for-bash", "_tool")]
    subprocess.run([GENERATE, tool] + made, check=True)
    s = Shell(kind, "source %s\n" % made[0] if kind == "bash" else COMPINIT + "source %s\n" % made[1],
              os.path.join(home, "h"), home)
    try:
        assert s.offers("tool ") == {"bake", "rest"}
        assert s.offers("tool bake ") == {"bread", "a"}
        assert s.offers("tool bake a ") == {"cake"}
        assert s.offers("tool bake bread ") == {"FLOUR", "WATER", "salt"}
        assert s.offers("tool bake bread salt ", "fo") == {"for-bash"}
        assert s.offers("tool bake bread -q --form ") == {"round", "long"}
        assert s.offers("tool --oven ", "fo") == {"for-bash"}
        assert s.offers("tool bake bread ", "--") == {"--quick-rise", "--form", "--oven", "--help"}
        assert not os.path.exists(os.path.join(home, "broken"))
    finally:
        s.end()


def test_who_builds_in_another_language_gets_the_same(home):
    made = [os.path.join(home, name) for name in ("bash", "zsh")]
    subprocess.run([GENERATE, VOUCHERCTL] + made, check=True,
                   env=dict(os.environ, VOUCHERD_LANG="zh", LC_ALL="zh_CN.UTF-8", LANGUAGE="zh_CN"))
    assert [read(path) for path in made] == [read(os.path.join(MADE, name)) for name in ("voucherctl", "_voucherctl")]


@pytest.mark.parametrize("text", ["Usage: tool\nDoes.\n", "Usage: tool\n\n      --fast[=N]   Fast\n"])
def test_help_that_cannot_be_read_fails_the_build(home, text):
    tool = os.path.join(home, "tool")
    with open(tool, "w", encoding="utf-8") as f:
        f.write("#!/bin/sh\ncat <<'END'\n%sEND\n" % text)
    os.chmod(tool, 0o755)
    done = subprocess.run([GENERATE, tool, os.path.join(home, "b"), os.path.join(home, "z")],
                          stderr=subprocess.PIPE, text=True)
    assert done.returncode != 0 and "can't be read" in done.stderr
