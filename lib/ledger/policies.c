/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/policies.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "rules/policy_file.h"

struct version {
    struct policy *policy;
    size_t n;
    uint8_t file[];
};

struct policies {
    _Atomic(struct version *) versions[LIMIT_POLICIES + 1];
};

struct policies *policies_new(void)
{
    return calloc(1, sizeof(struct policies));
}

static void version_free(struct version *v)
{
    if (v)
        policy_free(v->policy);
    free(v);
}

void policies_free(struct policies *p)
{
    if (!p)
        return;
    for (int i = 0; i <= LIMIT_POLICIES; i++)
        version_free(atomic_load(&p->versions[i]));
    free(p);
}

static struct version *version_get(const struct policies *p, uint32_t version)
{
    return version <= LIMIT_POLICIES ? atomic_load(&p->versions[version]) : NULL;
}

const struct policy *policies_get(const struct policies *p, uint32_t version)
{
    const struct version *v = version_get(p, version);
    return v ? v->policy : NULL;
}

struct span policies_file(const struct policies *p, uint32_t version)
{
    const struct version *v = version_get(p, version);
    return v ? SPAN(v->file, v->n) : SPAN(NULL, 0);
}

int policies_put(struct policies *p, uint32_t version, struct span file)
{
    if (version == 0 || version > LIMIT_POLICIES)
        return ERR_RANGE;
    /* The same again (the journal is followed once more) leaves what others may be reading. */
    if (policies_get(p, version) && span_equal(policies_file(p, version), file))
        return 0;
    struct version *v = malloc(sizeof *v + file.n);
    struct mistakes *m = calloc(1, sizeof *m);
    int rc = v && m ? policy_read(file, "policy", m, &v->policy) : ERR_MEMORY;
    free(m);
    if (rc < 0) {
        free(v);
        return rc;
    }
    v->n = file.n;
    memcpy(v->file, file.p, file.n);
    version_free(atomic_exchange(&p->versions[version], v));
    return 0;
}
