#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Completion of a program's command line for bash and zsh, made from what its --help prints. That is printed
from the same tables that read the command line, so a new command or option is completed without a line here.

  generate.py PROGRAM BASH-FILE ZSH-FILE

What a value is called in --help says what is offered for it: FILE files, DIR directories, unix:PATH a socket's
address, a|b|c one of these words; for all else (amounts, days, codes, names) nothing."""

import collections
import os
import re
import shlex
import subprocess
import sys

# English, and each option on one line with its help beside it.
ENVIRONMENT = dict(os.environ, LC_ALL="C", LANGUAGE="", VOUCHERD_LANG="en",
                   ARGP_HELP_FMT="opt-doc-col=100,rmargin=2000")

Option = collections.namedtuple("Option", "short long value help")  # value: None without one
Command = collections.namedtuple("Command", "words summary arguments options")


# ---- Reading --help ----

def help_of(program, words):
    return subprocess.run([program] + words + ["--help"], env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True, check=True).stdout


def options_of(text):
    listed = re.findall(r"^ +-.*", text, re.M)
    read = [re.match(r" +(?:-(\S), )?--([a-z][a-z0-9-]*)(?:=(\S+))?  +(.*?) *$", line) for line in listed]
    if not read or not all(read):
        sys.exit("generate.py: options that can't be read:\n" + "\n".join(listed))
    return [Option(m[1] if m[1] != "?" else None, *m.groups()[1:]) for m in read]


def arguments_of(text, words):
    """What stands behind the options in the first line: FILE, a|b."""
    usage = re.match(r"Usage: (.*(?:\n .*)*)", text)[1]
    return re.sub(r"\[[^]]*\]", " ", usage).split()[1 + len(words):]


def read_program(program):
    """(options of every command, commands). A program without commands is one command of no words."""
    text = help_of(program, [])
    _, heading, below = text.partition("\nCommands:\n")
    if not heading:
        return [], [Command([], "", arguments_of(text, []), options_of(text))]
    every, commands = options_of(text), []
    for words, summary in re.findall(r"^  ([a-z][a-z -]*) +([A-Z].*)", below, re.M):
        words = words.split()
        own = help_of(program, words)
        commands.append(Command(words, summary, arguments_of(own, words),
                                [o for o in options_of(own) if o not in every]))
    if not commands:
        sys.exit("generate.py: no commands in:\n" + text)
    return every, sorted(commands, key=lambda c: -len(c.words))


def next_words(commands):
    """What may follow the beginning of a command: {"": {"voucher": its words}, "voucher": {"issue": summary}}."""
    tree = {}
    for c in commands:
        for n, word in enumerate(c.words):
            below = tree.setdefault(" ".join(c.words[:n]), {})
            more = c.words[n + 1:n + 2]
            below[word] = ", ".join(filter(None, [below.get(word)] + more)) if more else c.summary
    return tree


def names(option):
    return (["-" + option.short] if option.short else []) + ["--" + option.long]


def takers(every, commands):
    """The options that take the next word for their value, of whatever command."""
    found = {}
    for o in every + [o for c in commands for o in c.options]:
        for name in names(o):
            if found.setdefault(name, o.value is not None) != (o.value is not None):
                sys.exit("generate.py: %s takes a value in one command and none in another" % name)
    return [name for name, takes in found.items() if takes]


def quoted(words):
    return " ".join(shlex.quote(w) for w in words)


def fill(text, **pieces):
    return re.sub("@([A-Z]+)@", lambda m: pieces[m[1]], text)


# ---- bash ----

BASH = r"""# Completion of @PROGRAM@ for bash, with the package bash-completion or without it. Made from its --help.

_@PROGRAM@()
{
    local every=(@EVERY@)
    local takes=(@TAKES@)
    local line=() given=() own=() arguments=() list=() word last value option= glue= next= called= n=0 i
    local IFS=$' \t\n'

    # bash splits words at = and : too: here they are put together again.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ (-n $glue || $word == [=:]) && ${#line[@]} -gt 0 ]]; then
            line[-1]+=$word
        else
            line+=("$word")
        fi
        [[ $word == [=:] ]] && glue=yes || glue=
    done
    last=${COMP_WORDS[COMP_CWORD]#[=:]}
    value=${line[-1]}
    unset 'line[-1]'

    # What is neither an option nor an option's value.
    for word in "${line[@]}"; do
        if [[ -n $option ]]; then
            option=
        elif [[ $word != -* || $word == - ]]; then
            given+=("$word")
        elif [[ " ${takes[*]} " == *" $word "* ]]; then
            option=$word
        fi
    done
    if [[ -z $option && $value == --*=* ]]; then
        option=${value%%=*}
        value=${value#*=}
    fi

    case "${given[*]} " in
@COMMANDS@
    esac

    if [[ -n $option ]]; then
        for word in "${own[@]}" "${every[@]}"; do
            [[ $word == "$option="* ]] && called=${word#*=}
        done
    elif [[ $value == -* || (-z $next && ${#given[@]} -ge $((n + ${#arguments[@]}))) ]]; then
        list=("${own[@]%%=*}" "${every[@]%%=*}")
    elif [[ -n $next ]]; then
        list=($next)
    else
        called=${arguments[${#given[@]} - n]}
    fi
    case $called in
    FILE) compopt -o default ;;
    DIR) compopt -o dirnames ;;
    unix:PATH)
        if [[ $value == unix:* ]]; then
            compopt -o default
        else
            compopt -o nospace
            list=(unix:)
        fi ;;
    *'|'*) list=(${called//|/ }) ;;
    esac
    COMPREPLY=()
    for word in "${list[@]}"; do
        [[ -n $word && $word == "$value"* ]] && COMPREPLY+=("${word:${#value} - ${#last}}")
    done
}

complete -F _@PROGRAM@ @PROGRAM@
"""


def bash_options(options):
    return quoted(n if o.value is None else n + "=" + o.value for o in options for n in names(o))


def bash_script(program, every, commands):
    rows = ["    %s*) n=%d own=(%s) arguments=(%s) ;;" % (
        shlex.quote(" ".join(c.words) + " ") if c.words else "", len(c.words), bash_options(c.options),
        quoted(c.arguments)) for c in commands]
    rows += ["    %s) next=%s ;;" % (shlex.quote(before + " "), shlex.quote(" ".join(sorted(below))))
             for before, below in next_words(commands).items()]
    return fill(BASH, PROGRAM=program, EVERY=bash_options(every), TAKES=quoted(takers(every, commands)),
                COMMANDS="\n".join(rows))


# ---- zsh ----

ZSH = r"""#compdef @PROGRAM@
# Completion of @PROGRAM@ for zsh. Made from its --help.

_@PROGRAM@_address()
{
    if compset -P unix:; then
        _files
    else
        compadd -S '' unix:
    fi
}

_@PROGRAM@()
{
    local -a every takes given own arguments next line
    local -A opt_args
    local word context state state_descr
    integer i n
    every=(@EVERY@)
    takes=(@TAKES@)

    # What is neither an option nor an option's value.
    for ((i = 2; i < CURRENT; i++)); do
        word=${words[i]}
        if [[ $word != -* || $word == - ]]; then
            given+=("$word")
        elif ((${takes[(Ie)$word]})); then
            ((i++))
        fi
    done

    case "$given " in
@COMMANDS@
    esac

    if ((${#next})); then
        _arguments -s : $every '*: :->next' && return
        [[ -n $state ]] && _describe -t commands command next
    else
        # _arguments counts the command's words too: what stands here is what comes next of all.
        _arguments -s : $every $own "*:${arguments[${#given} - n + 1]:- :->none}" && return
        [[ $state == named && $PREFIX != -* ]] && _message $state_descr
    fi
}

# Loaded by the name of its file, or read by source.
if [[ ${funcstack[1]} == _@PROGRAM@ ]]; then
    _@PROGRAM@ "$@"
else
    compdef _@PROGRAM@ @PROGRAM@
fi
"""


def zsh_value(program, called, nothing=" "):
    """What a value is called, and what is offered for it."""
    how = {"FILE": "_files", "DIR": "_files -/", "unix:PATH": "_%s_address" % program}.get(called, nothing)
    return "%s:%s" % (called.replace(":", r"\:"), "(%s)" % called.replace("|", " ") if "|" in called else how)


def zsh_options(program, options):
    specs = []
    for o in options:
        for name in names(o):
            value = "" if o.value is None else ":" + zsh_value(program, o.value)
            ends = "" if o.value is None else "=" if name.startswith("--") else "+"
            specs.append("*%s%s[%s]%s" % (name, ends, re.sub(r"([][\\:])", r"\\\1", o.help), value))
    return lines(specs)


def lines(words):
    return "".join("\n        " + shlex.quote(w) for w in words)


def zsh_script(program, every, commands):
    rows = ["    (%s*)\n    n=%d arguments=(%s)\n    own=(%s)\n    ;;" % (
        shlex.quote(" ".join(c.words) + " ") if c.words else "", len(c.words),
        quoted(zsh_value(program, a, "->named") for a in c.arguments), zsh_options(program, c.options))
        for c in commands]
    rows += ["    (%s)\n    next=(%s)\n    ;;" % (shlex.quote(before + " "), lines(
        "%s:%s" % (word, text) for word, text in sorted(below.items()))) for before, below in
        next_words(commands).items()]
    return fill(ZSH, PROGRAM=program, EVERY=zsh_options(program, every), TAKES=quoted(takers(every, commands)),
                COMMANDS="\n".join(rows))


def main():
    path, bash, zsh = sys.argv[1:]
    every, commands = read_program(path)
    for file, script in ((bash, bash_script), (zsh, zsh_script)):
        with open(file, "w", encoding="utf-8") as f:
            f.write(script(os.path.basename(path), every, commands))


if __name__ == "__main__":
    main()
