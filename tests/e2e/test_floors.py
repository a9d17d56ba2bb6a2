# SPDX-License-Identifier: Apache-2.0
"""Holds the tree to its floors: what each folder may include, which library it alone touches, which
symbols its static library leaves undefined, and how each file begins. The table below is the rule; a
new folder needs a line in it. Long functions and files are listed for a reader and fail nothing.

Run by itself on another tree: VOUCHERD_SOURCE=DIR VOUCHERD_BUILD=DIR pytest test_floors.py"""

import collections
import os
import re
import subprocess
import warnings

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ.get("VOUCHERD_SOURCE") or os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("VOUCHERD_BUILD") or os.path.join(SOURCE, "build")

LINES_OF_FUNCTION = 70
LINES_OF_FILE = 500

# folder -> the other folders that it may include.
MAY_SEE = {
    "lib/base": [],
    "lib/rules": ["lib/base"],
    "lib/model": ["lib/base", "lib/rules"],
    "lib/ledger": ["lib/base", "lib/rules", "lib/model"],
    "lib/store": ["lib/base", "lib/model"],
    "lib/proof": ["lib/base"],
    "lib/wire": ["lib/base", "lib/model"],
    "lib/net": ["lib/base"],
    "lib/book": ["lib/base", "lib/rules", "lib/model", "lib/ledger", "lib/store", "lib/proof",
                 "lib/wire"],
    "lib/client": ["lib/base", "lib/model", "lib/wire", "lib/net"],
    "daemon": ["lib/base", "lib/rules", "lib/model", "lib/ledger", "lib/proof", "lib/wire", "lib/net",
               "lib/book"],
    # Of lib/proof the digest, for request ids made of what a row says.
    "tools": ["lib/base", "lib/rules", "lib/model", "lib/proof", "lib/client"],
}

# What is more than the table says, each with its reason.
ALSO = {
    ("lib/store", "ledger/keys.h"): "keys of the tables are made in one place",
}

# Headers of a folder that only the folder itself includes.
INNER = re.compile(r"(^|/)(inner|step|pack|put|doc_node)\.h$")

# Of lib/wire the book sees the entries' codec alone.
OF_WIRE_IN_BOOK = {"wire/entry.h"}

Library = collections.namedtuple("Library", "headers symbols rooms")

# Each library lives in one room: a folder, or a file of it.
LIBRARIES = {
    "libfyaml": Library(r"libfyaml\.h$", r"fy_", ["lib/rules/doc.c"]),
    "LMDB": Library(r"lmdb\.h$", r"mdb_", ["lib/store/"]),
    "protobuf-c": Library(r"(protobuf-c/.*|.*\.pb-c)\.h$", r"protobuf_c_|voucherd__", ["lib/wire/"]),
    "OpenSSL's digests": Library(r"openssl/(evp|sha|hmac|md5|core.*)\.h$", r"EVP_|SHA\d+|HMAC",
                                 ["lib/proof/"]),
    "OpenSSL's TLS": Library(r"openssl/(ssl|err|x509.*|bio)\.h$", r"SSL_|BIO_", ["lib/net/"]),
    "libevent": Library(r"(event2?/.*|event|ev.*)\.h$",
                        r"(event|bufferevent|evbuffer|evconnlistener|evutil|evthread|libevent)_",
                        ["daemon/"]),
    "libsystemd": Library(r"systemd/sd-.*\.h$", r"sd_", ["daemon/service.c"]),
    "jansson": Library(r"jansson\.h$", r"json_", ["tools/"]),
    "libsmartcols": Library(r"(libsmartcols/)?libsmartcols\.h$", r"scols_", ["tools/"]),
    "libcsv": Library(r"csv\.h$", r"csv_(init|parse|fini|free|error|fwrite|write|set_)", ["tools/"]),
    "libunistring": Library(r"uni(str|norm|ctype|type|case|conv|width)\.h$", r"u8_|uc_", ["tools/"]),
    "libuuid": Library(r"uuid(/uuid)?\.h$", r"uuid_", []),
}

# What a pure folder never does, as symbols: clock, random source, files, output.
NEVER = (r"(clock_gettime|time|gettimeofday|ftime|localtime(_r)?|tzset|rand(_r)?|random|[dlm]rand48|"
         r"getrandom|getentropy|arc4random.*|open(64)?|openat(64)?|fopen(64)?|creat(64)?|read|pread(64)?|"
         r"write|pwrite(64)?|socket|connect|printf|puts|putchar|fprintf|fputs|fwrite|vprintf|vfprintf|"
         r"syslog|getenv|stdout|stderr|stdin)")
PURE = ["lib/base", "lib/rules", "lib/ledger"]

# Words that do not belong: paths of one machine, hosts of package registries.
STRAY = re.compile(
    r"/home/|/work/|/root/|C:\\\\|"
    r"\b(pypi\.org|files\.pythonhosted\.org|registry\.npmjs\.org|crates\.io|proxy\.golang\.org|"
    r"rubygems\.org|repo\.maven|deb\.debian\.org|archive\.ubuntu\.com|quay\.io|docker\.io|ghcr\.io)",
    re.I)

HEADS = {
    ".c": "/* SPDX-License-Identifier: Apache-2.0 */",
    ".h": "/* SPDX-License-Identifier: Apache-2.0 */",
    ".py": "# SPDX-License-Identifier: Apache-2.0",
    ".proto": "// SPDX-License-Identifier: Apache-2.0",
    "meson.build": "# SPDX-License-Identifier: Apache-2.0",
}


def tree_files(*suffixes):
    """Paths below SOURCE, of the folders that hold the project."""
    found = []
    for top in ("lib", "daemon", "tools", "tests", "proto", "conf", "meson.build"):
        path = os.path.join(SOURCE, top)
        if os.path.isfile(path):
            found.append(top)
        for folder, _, names in os.walk(path):
            found += [os.path.relpath(os.path.join(folder, n), SOURCE) for n in names]
    return sorted(f for f in found if f.endswith(suffixes) and "__pycache__" not in f)


def text_of(path):
    with open(os.path.join(SOURCE, path), encoding="utf-8", errors="replace") as f:
        return f.read()


def folder_of(path):
    """The folder of MAY_SEE that a file is in; None for tests."""
    parts = path.split("/")
    if parts[0] == "lib":
        return "/".join(parts[:2])
    return parts[0] if parts[0] in MAY_SEE else None


def included_path(path, name):
    """Where an include in quotes lies in the tree; None if nowhere."""
    for base in ("lib", "", os.path.dirname(path)):
        candidate = os.path.normpath(os.path.join(base, name))
        if os.path.exists(os.path.join(SOURCE, candidate)):
            return candidate
    return None


def code_files():
    return [f for f in tree_files(".c", ".h") if folder_of(f)]


def in_room(path, rooms):
    return any(path == r or (r.endswith("/") and path.startswith(r)) for r in rooms)


def wrong_include(path, line):
    """Why an include does not belong there; None if it does."""
    m = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
    if not m:
        return None
    name = m.group(2)
    for library, what in LIBRARIES.items():
        if re.match(what.headers, name):
            return None if in_room(path, what.rooms) else "%s lives in %s" % (
                library, " or ".join(what.rooms) or "no room of this house")
    if m.group(1) == "<":
        return None
    mine, target = folder_of(path), included_path(path, name)
    if target is None:
        return "there is no such file"
    its = folder_of(target)
    if its == mine:
        return None
    if (mine, name) in ALSO:
        return None
    if its not in MAY_SEE[mine]:
        return "%s may see %s" % (mine, ", ".join(MAY_SEE[mine]) or "nothing")
    if INNER.search(name):
        return "it is the inside of %s" % its
    if mine == "lib/book" and its == "lib/wire" and name not in OF_WIRE_IN_BOOK:
        return "of lib/wire the book sees %s" % ", ".join(sorted(OF_WIRE_IN_BOOK))
    return None


def test_every_folder_has_a_line():
    folders = {folder_of(f) for f in code_files()}
    lib = {"/".join(f.split("/")[:2]) for f in tree_files(".c", ".h") if f.startswith("lib/")}
    assert lib <= set(MAY_SEE), "folders without a floor: %s" % sorted(lib - set(MAY_SEE))
    assert {"lib/base", "lib/ledger", "daemon", "tools"} <= folders


def test_floors_go_down():
    """The table itself: nobody sees, by any way round, a folder that sees him."""
    def below(folder, seen):
        for f in MAY_SEE[folder]:
            if f not in seen:
                seen.add(f)
                below(f, seen)
        return seen
    for folder in MAY_SEE:
        assert folder not in below(folder, set())


def test_includes():
    wrong = []
    for path in code_files():
        for number, line in enumerate(text_of(path).splitlines(), 1):
            why = wrong_include(path, line)
            if why:
                wrong.append("%s:%d: %s -- %s" % (path, number, line.strip(), why))
    assert not wrong, "\n" + "\n".join(wrong)


def libraries():
    """Static libraries of the build by folder."""
    found = {}
    for folder in MAY_SEE:
        name = {"daemon": "daemon/libdaemon_parts.a", "tools": "tools/libtool_lib.a"}.get(
            folder, "lib%s.a" % os.path.basename(folder))
        path = os.path.join(BUILD, name)
        if os.path.exists(path):
            found[folder] = path
    return found


def undefined_symbols(path):
    """(object file, symbol) for each undefined one, without what it is versioned with."""
    out = subprocess.run(["nm", "-u", "-A", path], check=True, capture_output=True, text=True).stdout
    for line in out.splitlines():
        m = re.match(r"(.*):\s+[Uw]\s+(\S+)$", line)
        if m:
            yield m.group(1).rsplit(":", 1)[-1], m.group(2).split("@")[0]


def test_symbols_of_libraries():
    built = libraries()
    if not built:
        pytest.skip("no static libraries in %s" % BUILD)
    missing = {f for f in MAY_SEE if f != "lib/model"} - set(built)
    assert not missing, "not built: %s" % sorted(missing)
    wrong = []
    for folder, path in built.items():
        for where, symbol in undefined_symbols(path):
            for library, what in LIBRARIES.items():
                if not re.match("(%s)" % what.symbols, symbol):
                    continue
                if not any(r == folder + "/" or r.startswith(folder + "/") for r in what.rooms):
                    wrong.append("%s: %s uses %s of %s" % (folder, where, symbol, library))
    assert not wrong, "\n" + "\n".join(wrong)


def test_pure_folders_do_nothing():
    """No clock, no random source, no file, no output in what decides."""
    built = libraries()
    if not built:
        pytest.skip("no static libraries in %s" % BUILD)
    wrong = ["%s: %s uses %s" % (folder, where, symbol)
             for folder in PURE for where, symbol in undefined_symbols(built[folder])
             if re.fullmatch("(__)?" + NEVER + "(_chk)?", symbol)]
    assert not wrong, "\n" + "\n".join(wrong)


def test_heads():
    wrong = []
    for path in tree_files(*HEADS):
        head = next(h for s, h in HEADS.items() if path.endswith(s))
        lines = text_of(path).splitlines()
        first = [x for x in lines[:2] if not x.startswith("#!")]
        if not first or first[0].strip() != head:
            wrong.append(path)
    assert not wrong, "without the line '/* SPDX-License-Identifier: Apache-2.0 */': %s" % wrong


def test_no_stray_words():
    wrong = []
    mine = "tests/e2e/test_floors.py"
    for path in tree_files(""):
        if path == mine or path.endswith((".zh.txt", ".pyc")):
            continue
        for number, line in enumerate(text_of(path).splitlines(), 1):
            if STRAY.search(line):
                wrong.append("%s:%d: %s" % (path, number, line.strip()))
    assert not wrong, "\n" + "\n".join(wrong)


# ---- Trip-wires: for a reader ----

def long_functions(text):
    """(name, first line, number of lines) of each function longer than the limit."""
    lines = text.splitlines()
    start = None
    for i, line in enumerate(lines):
        if line == "{":
            start = i
        elif line == "}" and start is not None:
            if i - start + 1 > LINES_OF_FUNCTION:
                head = " ".join(lines[max(0, start - 4):start])
                names = re.findall(r"(\w+)\s*\(", head)
                yield (names[-1] if names else "?"), start + 1, i - start + 1
            start = None


def test_long_ones_are_listed():
    found = []
    for path in code_files():
        text = text_of(path)
        count = text.count("\n")
        if count > LINES_OF_FILE:
            found.append("%s: %d lines" % (path, count))
        found += ["%s:%d: %s has %d lines" % (path, at, name, n)
                  for name, at, n in long_functions(text)]
    if found:
        print("longer than %d lines a function, %d a file:" % (LINES_OF_FUNCTION, LINES_OF_FILE))
        print("\n".join(found))
        warnings.warn("for a reader: " + "; ".join(found))


# ---- The test itself is tried on seeded violations ----

@pytest.mark.parametrize("path, line", [
    ("lib/base/money.c", '#include "rules/policy.h"'),
    ("lib/rules/grant.c", '#include "model/row.h"'),
    ("lib/model/row.h", '#include "ledger/rows.h"'),
    ("lib/ledger/post.c", '#include "store/store.h"'),
    ("lib/ledger/post.c", "#include <lmdb.h>"),
    ("lib/store/store.c", '#include "proof/tree.h"'),
    ("lib/store/store.c", '#include "voucher.pb-c.h"'),
    ("lib/proof/tree.c", '#include "store/store.h"'),
    ("lib/wire/frame.c", '#include "net/stream.h"'),
    ("lib/wire/entry.c", "#include <openssl/evp.h>"),
    ("lib/book/batch.c", '#include "wire/message.h"'),
    ("lib/book/batch.c", '#include "net/stream.h"'),
    ("lib/book/batch.c", '#include "store/inner.h"'),
    ("lib/book/batch.c", "#include <protobuf-c/protobuf-c.h>"),
    ("lib/client/client.c", '#include "book/book.h"'),
    ("lib/client/client.c", "#include <event2/event.h>"),
    ("lib/rules/grant.c", "#include <libfyaml.h>"),
    ("daemon/dispatch.c", '#include "store/store.h"'),
    ("daemon/dispatch.c", '#include "ledger/step.h"'),
    ("daemon/dispatch.c", "#include <lmdb.h>"),
    ("lib/rules/policy_file.c", "#include <libfyaml.h>"),
    ("daemon/dispatch.c", '#include "wire/pack.h"'),
    ("daemon/dispatch.c", '#include "tools/lib/show.h"'),
    ("tools/lib/session.c", '#include "client/inner.h"'),
    ("lib/client/voucher.c", '#include "rules/policy.h"'),
    ("tools/lib/show.c", '#include "store/store.h"'),
    ("tools/lib/show.c", '#include "daemon/log.h"'),
    ("tools/lib/show.c", "#include <uuid/uuid.h>"),
    ("daemon/log.c", "#include <jansson.h>"),
    ("daemon/log.c", "#include <systemd/sd-journal.h>"),
    ("lib/base/day.c", '#include "base/nowhere.h"'),
])
def test_a_wrong_include_is_told(path, line):
    assert wrong_include(path, line)


@pytest.mark.parametrize("path, line", [
    ("lib/rules/doc.c", "#include <libfyaml.h>"),
    ("lib/store/store.c", "#include <lmdb.h>"),
    ("lib/wire/entry.c", '#include "journal.pb-c.h"'),
    ("lib/proof/tree.c", "#include <openssl/evp.h>"),
    ("daemon/server.c", "#include <event2/event.h>"),
    ("daemon/service.c", "#include <systemd/sd-daemon.h>"),
    ("tools/lib/show.c", "#include <libsmartcols.h>"),
    ("lib/ledger/post.c", '#include "ledger/step.h"'),
    ("lib/book/batch.c", '#include "wire/entry.h"'),
    ("lib/base/day.c", "#include <stdio.h>"),
    ("lib/base/day.c", '/* "store/store.h" */'),
])
def test_a_right_include_is_not(path, line):
    assert wrong_include(path, line) is None


def test_a_wrong_symbol_is_told(tmp_path):
    """A library made of calls that the tree must not have is found by its symbols."""
    source = tmp_path / "bad.c"
    source.write_text("long time(long *); int mdb_env_open(void); int read(void);\n"
                      "int x(void) { return (int)time(0) + mdb_env_open() + read(); }\n")
    cc = os.environ.get("CC", "cc").split()
    subprocess.run(cc + ["-w", "-fno-builtin", "-c", str(source), "-o", str(tmp_path / "bad.o")],
                   check=True)
    subprocess.run(["ar", "rcs", str(tmp_path / "libbad.a"), str(tmp_path / "bad.o")], check=True)
    symbols = {s for _, s in undefined_symbols(str(tmp_path / "libbad.a"))}
    assert {"time", "mdb_env_open", "read"} <= symbols
    assert re.match(LIBRARIES["LMDB"].symbols, "mdb_env_open")
    assert re.fullmatch("(__)?" + NEVER + "(_chk)?", "__read_chk")
    assert not re.fullmatch("(__)?" + NEVER + "(_chk)?", "money_read")


def test_a_long_function_is_told():
    body = "int f(int a)\n{\n" + "    a++;\n" * LINES_OF_FUNCTION + "}\n"
    assert list(long_functions(body)) == [("f", 2, LINES_OF_FUNCTION + 2)]
    assert not list(long_functions(body.replace("    a++;\n" * 3, "")))


def test_stray_words_are_told():
    assert STRAY.search("see /home/someone/x")
    assert STRAY.search("https://pypi.org/simple")
    assert not STRAY.search("workers and homework")
