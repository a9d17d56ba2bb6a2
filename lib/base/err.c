/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

const char *err_text(int code)
{
    static const char *const texts[] = {
        [0] = "done",
        [-ERR_MEMORY] = "out of memory",
        [-ERR_FORMAT] = "wrong format",
        [-ERR_RANGE] = "out of range",
        [-ERR_NOT_FOUND] = "not found",
        [-ERR_EXISTS] = "exists already",
        [-ERR_IO] = "input or output failed",
        [-ERR_FULL] = "disk, map or queue full",
        [-ERR_CORRUPT] = "stored data contradicts itself",
        [-ERR_NEWER] = "written by a newer version",
        [-ERR_LOCKED] = "in use by another process",
        [-ERR_CLOSED] = "closed by the other side",
        [-ERR_TIMEOUT] = "not in time",
        [-ERR_AGAIN] = "not done, try again",
        [-ERR_UNKNOWN] = "outcome unknown",
        [-ERR_CLOCK] = "test clock and real clock mixed",
        [-ERR_PEER] = "the other side broke the protocol",
        [-ERR_SETTING] = "a setting that this machine refuses",
        [-ERR_INVALID] = "invalid input",
    };
    if (code > 0 || code < ERR_INVALID || !texts[-code])
        return "unknown error";
    return texts[-code];
}
