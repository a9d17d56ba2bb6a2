/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/csv_write.h"

#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/lib/exits.h"

struct csv_file {
    char *path, *temporary;
    const char *field;
    FILE *out;
    bool begun; /* the row has a cell */
};

static void csv_file_free(struct csv_file *w)
{
    if (!w)
        return;
    if (w->out)
        fclose(w->out);
    free(w->path);
    free(w->temporary);
    free(w);
}

static int not_written(const struct csv_file *w, struct fault *f)
{
    return fault_set(f, w->field, w->path, "a file that can be written: %-s",
                     strerrordesc_np(errno));
}

int csv_file_open(const char *path, const char *field, struct fault *f, struct csv_file **out)
{
    struct csv_file *w = calloc(1, sizeof *w);
    if (!w || !(w->path = strdup(path)) ||
        asprintf(&w->temporary, "%s.%ld.tmp", path, (long)getpid()) < 0) {
        csv_file_free(w);
        return ERR_MEMORY;
    }
    w->field = field;
    int fd = open(w->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0 && !(w->out = fdopen(fd, "w")))
        close(fd);
    if (!w->out) {
        int rc = not_written(w, f);
        csv_file_free(w);
        return rc;
    }
    fputs("\xef\xbb\xbf", w->out);
    *out = w;
    return 0;
}

/* -1,200.50 is a number only without its separator, as in every file that is written here. */
static bool is_number(const char *s)
{
    s += *s == '-' || *s == '+';
    size_t whole = strspn(s, "0123456789");
    size_t decimals = s[whole] == '.' ? strspn(s + whole + 1, "0123456789") : 0;
    if (s[whole] == '.')
        return whole > 0 && decimals > 0 && s[whole + 1 + decimals] == 0;
    return whole > 0 && s[whole] == 0;
}

void csv_file_cell(struct csv_file *w, const char *text)
{
    bool formula = *text && strchr("=+-@", *text) && !is_number(text);
    char *guarded = NULL;
    if (w->begun)
        putc(',', w->out);
    w->begun = true;
    if (formula && asprintf(&guarded, "'%s", text) < 0)
        exit_without_memory();
    csv_fwrite(w->out, formula ? guarded : text, strlen(text) + formula);
    free(guarded);
}

void csv_file_end_row(struct csv_file *w)
{
    fputs("\r\n", w->out);
    w->begun = false;
}

int csv_file_finish(struct csv_file *w, struct fault *f)
{
    bool good = fflush(w->out) == 0 && !ferror(w->out) && fsync(fileno(w->out)) == 0;
    int rc = good && rename(w->temporary, w->path) == 0 ? 0 : not_written(w, f);
    if (rc < 0)
        unlink(w->temporary);
    csv_file_free(w);
    return rc;
}

void csv_file_drop(struct csv_file *w)
{
    if (w)
        unlink(w->temporary);
    csv_file_free(w);
}
