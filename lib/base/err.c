/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include "base/phrase.h"

const char *err_text(int code)
{
    static const char *const texts[] = {
        [0] = N_("done"),
        [-ERR_MEMORY] = N_("out of memory"),
        [-ERR_FORMAT] = N_("wrong format"),
        [-ERR_RANGE] = N_("out of range"),
        [-ERR_NOT_FOUND] = N_("not found"),
        [-ERR_EXISTS] = N_("exists already"),
        [-ERR_IO] = N_("input or output failed"),
        [-ERR_FULL] = N_("disk, map or queue full"),
        [-ERR_CORRUPT] = N_("stored data contradicts itself"),
        [-ERR_NEWER] = N_("written by a newer version"),
        [-ERR_LOCKED] = N_("in use by another process"),
        [-ERR_CLOSED] = N_("closed by the other side"),
        [-ERR_TIMEOUT] = N_("not in time"),
        [-ERR_AGAIN] = N_("not done, try again"),
        [-ERR_UNKNOWN] = N_("outcome unknown"),
        [-ERR_CLOCK] = N_("test clock and real clock mixed"),
        [-ERR_PEER] = N_("the other side broke the protocol"),
        [-ERR_SETTING] = N_("a setting that this machine refuses"),
        [-ERR_INVALID] = N_("invalid input"),
    };
    if (code > 0 || code < ERR_INVALID || !texts[-code])
        return N_("unknown error");
    return texts[-code];
}
