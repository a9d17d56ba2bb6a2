/* SPDX-License-Identifier: Apache-2.0 */
/* The one error convention of the tree: functions return 0 or a negative code of this list,
 * their outputs come last and are untouched on failure. Codes are operating errors: they travel
 * up and are told once, by the program. What a person sent wrongly is a struct fault (fault.h);
 * what a rule of the policy forbids is a refusal (rules/reason.h). */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define MUST_CHECK __attribute__((warn_unused_result))

enum err {
    ERR_MEMORY = -1,    /* no memory */
    ERR_FORMAT = -2,    /* bytes are not in the form that they should have */
    ERR_RANGE = -3,     /* a value outside what its type or a limit allows */
    ERR_NOT_FOUND = -4, /* no such row, file or name */
    ERR_EXISTS = -5,    /* there is one already */
    ERR_IO = -6,        /* reading or writing failed */
    ERR_FULL = -7,      /* no room: disk, map or queue */
    ERR_CORRUPT = -8,   /* a stored book contradicts itself */
    ERR_NEWER = -9,     /* written by a newer version of this program */
    ERR_LOCKED = -10,   /* another process holds it */
    ERR_CLOSED = -11,   /* the peer went away */
    ERR_TIMEOUT = -12,  /* not in time */
    ERR_AGAIN = -13,    /* nothing was done: try again */
    ERR_UNKNOWN = -14,  /* outcome unknown: repeat with the same request id */
    ERR_CLOCK = -15,    /* a book of the test clock, or a real one, opened as the other */
    ERR_PEER = -16,     /* the other side broke the protocol */
    ERR_SETTING = -17,  /* the machine refuses a setting: map size, files, limits */
    ERR_INVALID = -18,  /* a person's input is wrong: told in a struct fault or a diagnosis */
};

/* The code in words, for logs: "disk or map full". Never NULL. */
const char *err_text(int code);

#endif
