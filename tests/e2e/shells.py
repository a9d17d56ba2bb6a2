# SPDX-License-Identifier: Apache-2.0
"""Real interactive shells, each on a terminal of its own: what does one offer where a person would press Tab?"""

import fcntl
import os
import select
import shlex
import signal
import struct
import subprocess
import termios
import time

from vclient import PATIENCE

# Two keys in each shell: one puts all that could be completed into the line, one tells the line and empties it.
BASH = r"""
PS1=
bind 'set enable-bracketed-paste off'
told() { printf '%s\n' "$READLINE_LINE" >"$TOLD"; READLINE_LINE= READLINE_POINT=0; }
bind '"\C-xa": insert-completions'
bind -x '"\C-xl": told'
"""
ZSH = r"""
PS1=
zstyle ':completion:all-matches::::' completer _all_matches _complete
zstyle ':completion:all-matches:*' insert true
told() { print -r -- "$BUFFER" >$TOLD; BUFFER= }
zle -C all-matches complete-word _generic
zle -N told
bindkey '^Xa' all-matches
bindkey '^Xl' told
"""


class Shell:
    """`kind` is bash or zsh; `setup` are its first lines; `home` is a directory of its own, made here."""

    def __init__(self, kind, setup, home, cwd, **env):
        os.mkdir(home)
        told = os.path.join(home, "told")
        os.mkfifo(told)
        rc = os.path.join(home, ".zshrc" if kind == "zsh" else "bashrc")
        with open(rc, "w", encoding="utf-8") as f:
            f.write(setup + (ZSH if kind == "zsh" else BASH))
        words = ["zsh", "-d", "-i"] if kind == "zsh" else ["bash", "--noprofile", "--rcfile", rc, "-i"]
        env = dict({k: v for k, v in os.environ.items() if k in ("PATH", "LD_LIBRARY_PATH")}, HOME=home,
                   ZDOTDIR=home, TOLD=told, TERM="dumb", LC_ALL="C.UTF-8", INPUTRC="/dev/null", **env)
        self.terminal, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.answers = os.open(told, os.O_RDWR | os.O_NONBLOCK)
        self.seen = b""
        self.process = subprocess.Popen(
            words, cwd=cwd, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(theirs)

    def end(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.terminal)
        os.close(self.answers)

    def line_after(self, typed, key="\t"):
        """The line as it stands once it was typed and completed, by Tab or another key."""
        os.write(self.terminal, (typed + key + "\x18l").encode())
        answer, end = b"", time.monotonic() + PATIENCE
        while not answer.endswith(b"\n"):
            ready, _, _ = select.select([self.terminal, self.answers], [], [], end - time.monotonic())
            assert ready, "no line from the shell after %r; it said:\n%s" % (typed, self.seen.decode())
            if self.terminal in ready:
                self.seen += os.read(self.terminal, 65536)
            if self.answers in ready:
                answer += os.read(self.answers, 65536)
        return answer.decode().rstrip("\n")

    def offers(self, before, word=""):
        """What may stand in place of `word`, without the / or = to go on from; nothing where the shell does not
        know."""
        line = self.line_after(before + word, "\x18a")
        assert line.startswith(before), (line, self.seen.decode())
        rest = line[len(before):]
        return set() if rest == word else {w.rstrip("/=") for w in shlex.split(rest)}
