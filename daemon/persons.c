/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/persons.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proof/person.h"

struct persons {
    char id[PERSON_KEY_DIGITS + 1];
    size_t n;
    uint8_t key[PERSON_KEY_MAX];
};

/* ---- The key ---- */

static int read_key(int fd, const char *path, struct fault *f, struct persons *p)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return fault_set(f, "person-key", path, "a file");
    char is[24];
    snprintf(is, sizeof is, "%04o", st.st_mode & 0777);
    if (st.st_mode & 077)
        return fault_set(f, "person-key", path,
                         "a file that nobody but its owner can read, mode 0400: this one has %s",
                         is);
    snprintf(is, sizeof is, "%lld", (long long)st.st_size);
    if (st.st_size < PERSON_KEY_MIN || st.st_size > PERSON_KEY_MAX)
        return fault_set(f, "person-key", path, "a key of %d to %d bytes: this file has %s",
                         PERSON_KEY_MIN, PERSON_KEY_MAX, is);
    while (p->n < (size_t)st.st_size) {
        ssize_t n = read(fd, p->key + p->n, (size_t)st.st_size - p->n);
        if (n == 0 || (n < 0 && errno != EINTR))
            return fault_set(f, "person-key", path, "a readable file: %s",
                             strerror(n < 0 ? errno : EIO));
        if (n > 0)
            p->n += (size_t)n;
    }
    return 0;
}

int persons_new(const char *path, struct fault *f, struct persons **out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fault_set(f, "person-key", path, "a file that the daemon can read: %s",
                         strerror(errno));
    struct persons *p = calloc(1, sizeof *p);
    int rc = p ? read_key(fd, path, f, p) : ERR_MEMORY;
    close(fd);
    if (rc == 0)
        rc = person_key_id(SPAN(p->key, p->n), p->id);
    /* The key, and numbers on their way, stay out of core dumps, and of the reach of debuggers. */
    if (rc == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        rc = ERR_SETTING;
    if (rc < 0) {
        persons_free(p);
        return rc;
    }
    *out = p;
    return 0;
}

void persons_free(struct persons *p)
{
    if (!p)
        return;
    explicit_bzero(p, sizeof *p);
    free(p);
}

/* ---- Requests ---- */

/* In the request's own memory. */
static void wipe(const void *p, size_t n)
{
    explicit_bzero((void *)(uintptr_t)p, n);
}

/* Only the daemon makes hashes; and a number that stands in the wrong place must not be stored. */
static int check_facts(const char *kind, int n, const struct fact *facts, struct fault *f,
                       bool *any)
{
    char name[sizeof f->field];
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof name, "%s.facts[%d].value", kind, i);
        if (person_is_hash(facts[i].value))
            return fault_set(f, name, NULL,
                             "no hash of a person, which only the daemon makes: name a person by "
                             "the number of a paper, in issue.person");
        if (!person_is_number(facts[i].value, strlen(facts[i].value)))
            continue;
        wipe(facts[i].value, strlen(facts[i].value));
        *any = true;
        return fault_set(f, name, NULL,
                         "no number of an identity paper: a person is named in issue.person, and "
                         "not stored");
    }
    return 0;
}

static int add_fact(const struct persons *p, struct issue *i, struct arena *a)
{
    struct fact *facts = arena_alloc(a, ((size_t)i->nfacts + 1) * sizeof *facts);
    char *hash = arena_alloc(a, PERSON_HASHED + 1);
    if (!facts || !hash)
        return ERR_MEMORY;
    int rc = person_hash(SPAN(p->key, p->n), p->id, i->person.type, i->person.number, hash);
    if (rc < 0)
        return rc;
    if (i->nfacts)
        memcpy(facts, i->facts, (size_t)i->nfacts * sizeof *facts);
    facts[i->nfacts] = (struct fact){i->person.field, hash};
    i->facts = facts;
    i->nfacts++;
    return 0;
}

static int replace_person(const struct persons *p, struct issue *i, struct arena *a,
                          struct fault *f)
{
    if (!p)
        return fault_set(f, "issue.person", NULL,
                         "no person, as long as the daemon has no key for them: it is named by "
                         "person-key in its configuration");
    int rc = person_check(i->person.type, i->person.number, "issue.person", f);
    return rc < 0 ? rc : add_fact(p, i, a);
}

static int replace_in(const struct persons *p, struct command *c, struct arena *a, struct fault *f,
                      bool *any)
{
    if (c->kind == COMMAND_ADD_OUTSIDE)
        return check_facts("add_outside", c->add_outside.nfacts, c->add_outside.facts, f, any);
    if (c->kind != COMMAND_ISSUE)
        return 0;
    struct issue *i = &c->issue;
    int rc = check_facts("issue", i->nfacts, i->facts, f, any);
    if (!i->person.field)
        return rc;
    *any = true;
    if (rc == 0)
        rc = replace_person(p, i, a, f);
    wipe(i->person.number, strlen(i->person.number));
    i->person = (struct person){0};
    return rc;
}

static int set_fault(struct request *r, uint32_t i, const struct fault *f, struct arena *a)
{
    struct fault *copy = arena_alloc(a, sizeof *copy);
    if (!r->faults)
        r->faults = arena_zero(a, r->n * sizeof *r->faults);
    if (!copy || !r->faults)
        return ERR_MEMORY;
    *copy = *f;
    r->faults[i] = copy;
    return 0;
}

int persons_replace(const struct persons *p, struct request *r, struct arena *a,
                    struct span message)
{
    int failed = 0;
    bool any = r->faults != NULL; /* what could not be read may have had one */
    struct fault f = {0};         /* kept whole: nothing of the stack behind its texts */
    for (uint32_t i = 0; i < r->n; i++) {
        int rc = replace_in(p, &r->commands[i], a, &f, &any);
        if (rc == ERR_INVALID && !(r->faults && r->faults[i]))
            rc = set_fault(r, i, &f, a);
        if (rc < 0 && rc != ERR_INVALID)
            failed = rc; /* the numbers of the others are wiped all the same */
    }
    if (any)
        wipe(message.p, message.n);
    return failed;
}
