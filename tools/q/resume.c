/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/q/resume.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/lib/field.h"

static int failed(const char *path, const char *what, struct fault *f)
{
    (void)fault_set(f, "resume", path, "a file that can be %-s: %s", what, strerror(errno));
    return ERR_IO;
}

/* *wrong: what is, of a file that holds no place. */
static int place_read(json_t *o, const char **wrong, struct place *out)
{
    const char *leaf = json_string_value(json_object_get(o, "leaf"));
    json_int_t entry = json_integer_value(json_object_get(o, "entry"));
    size_t n = leaf ? strspn(leaf, "0123456789abcdef") : 0;
    *wrong = !o                              ? N_("it is not JSON")
             : entry < 1                     ? N_("its entry is not a number from 1 on")
             : n != LEAF_TEXT - 1 || leaf[n] ? N_("its leaf is not a hash in hexadecimal")
                                             : NULL;
    if (*wrong)
        return ERR_INVALID;
    out->entry = (uint64_t)entry;
    memcpy(out->leaf, leaf, LEAF_TEXT);
    return 0;
}

int resume_read(const char *path, struct fault *f, struct place *out)
{
    char folder[LIMIT_PATH + 1];
    snprintf(folder, sizeof folder, "%s", path);
    if (access(dirname(folder), W_OK) != 0)
        return failed(path, N_("written"), f);
    FILE *file = fopen(path, "re");
    if (!file)
        return errno == ENOENT ? ERR_NOT_FOUND : failed(path, N_("read"), f);
    const char *wrong;
    json_t *o = json_loadf(file, JSON_REJECT_DUPLICATES, NULL);
    fclose(file);
    int rc = place_read(o, &wrong, out);
    json_decref(o);
    if (rc < 0)
        (void)fault_set(
            f, "resume", path,
            "a file that --resume has written: %-s. Name another, or remove it to begin "
            "anew",
            wrong);
    return rc;
}

static bool write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno != EINTR)
            return false;
        if (k > 0) {
            p += k;
            n -= (size_t)k;
        }
    }
    return true;
}

int resume_write(const char *path, const struct place *p, struct fault *f)
{
    char text[LEAF_TEXT + 64], fresh[LIMIT_PATH + 8];
    int n =
        snprintf(text, sizeof text, "{\"entry\":%" PRIu64 ",\"leaf\":\"%s\"}\n", p->entry, p->leaf);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return failed(path, N_("written"), f);
    bool good = write_all(fd, text, (size_t)n) && fsync(fd) == 0;
    int error = errno;
    if (close(fd) < 0 && good) {
        error = errno;
        good = false;
    }
    if (good && rename(fresh, path) == 0)
        return 0;
    errno = good ? errno : error;
    (void)failed(path, N_("written"), f);
    unlink(fresh);
    return ERR_IO;
}
