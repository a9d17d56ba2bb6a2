/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/progress.h"

bool progress_look(struct progress *p, unsigned asked, uint64_t done, int64_t now_us,
                   int64_t patience_us)
{
    if (asked == 0 || done != p->done)
        *p = (struct progress){done, now_us};
    return now_us - p->since_us <= patience_us;
}
