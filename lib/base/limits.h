/* SPDX-License-Identifier: Apache-2.0 */
/* Every limit of the project, with its unit and its reason. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* Money. */
#define LIMIT_AMOUNT_FEN                                                                           \
    INT64_C(900000000000000) /* fen in one amount: 9,000,000,000,000.00 yuan;                      \
                                ten thousand such sums still fit int64 */
#define LIMIT_AMOUNT_TEXT "9,000,000,000,000.00"

/* Texts, in bytes of UTF-8 without the final NUL. */
#define LIMIT_CODE      15  /* a measure's code: "3A", "11.2" */
#define LIMIT_NAME      47  /* names that the policy gives: areas, traits, sources, ... */
#define LIMIT_TEXT      600 /* free text: names, documents, reasons (200 Chinese characters) */
#define LIMIT_NUMBER    64  /* a contract's number */
#define LIMIT_INVOICE   32  /* an invoice's number */
#define LIMIT_PRINCIPAL 63  /* a principal's name */
#define LIMIT_PROGRAM   63  /* a program's name in its hello */

/* Lists inside one command or row: fixed, so that rows and commands have fixed sizes. */
#define LIMIT_TRAITS       16  /* traits of one enterprise */
#define LIMIT_ATTESTATIONS 16  /* attestations of one claim */
#define LIMIT_FACTS        16  /* facts of one claim */
#define LIMIT_FACT         128 /* bytes of a fact's value */
#define LIMIT_LINES        4   /* fund lines behind one voucher: city, county, province, state */
#define LIMIT_CLAIM_PARTS                                                                          \
    18 /* sums by enterprise, measure, year and spending under one claim key */
#define LIMIT_CLAIM_RATES   16   /* different applied rates under one claim key */
#define LIMIT_ACCOUNT_YEARS 16   /* years of one enterprise's account */
#define LIMIT_LIMITS        16   /* limits named in one explanation */
#define LIMIT_SUB           23   /* bytes that tell spendings of one group's key apart */
#define LIMIT_TALLY         144  /* bytes of what a ceiling counts by */
#define LIMIT_PAYMENT       256  /* vouchers of one payment: keeps an entry under 64 KiB */
#define LIMIT_ROUND         4096 /* claims of one round: all of them are divided for at once */
#define LIMIT_SPANS         16   /* times that one designation was given to one enterprise */
#define LIMIT_HOLDERS       8    /* vouchers named in one explanation; more are counted */
#define LIMIT_LAPSE         256  /* vouchers that one entry lapses: keeps an entry under 64 KiB */

/* The policy file. */
#define LIMIT_POLICY_BYTES (1024 * 1024) /* bytes of one policy file */
#define LIMIT_MEASURES     64
#define LIMIT_AREAS        128
#define LIMIT_GROUPS       32
#define LIMIT_POOLS        64   /* that say more of themselves than their name */
#define LIMIT_FIELDS       48   /* that claims may state */
#define LIMIT_WORDS        32   /* values of one field: a bit each */
#define LIMIT_CASES        32   /* of one measure */
#define LIMIT_TESTS        8    /* of one case: all must hold */
#define LIMIT_KEY_FIELDS   4    /* that name a spending, or what a ceiling counts by */
#define LIMIT_TERMS        2    /* from one day to another, of one measure */
#define LIMIT_INTAKES      8    /* windows in which claims are taken */
#define LIMIT_TALLIES      8    /* sums kept of one voucher besides its accounts */
#define LIMIT_HOLDS        8    /* designations of which one is asked for */
#define LIMIT_CEILINGS     12   /* ceilings of one measure: all fit into one explanation */
#define LIMIT_POLICIES     1024 /* versions in one book */
#define LIMIT_MISTAKES     50   /* mistakes told in one run; the rest is counted */
#define LIMIT_DOC_DEPTH    32   /* lists and mappings inside each other; a policy needs six */
#define LIMIT_DOC_NODES                                                                            \
    65536 /* keys and values of one document: a policy file of 64 measures with                    \
             twelve ceilings and sixteen cases each has some 50,000 */

/* The protocol. */
#define LIMIT_FRAME                                                                                \
    (8 * 1024 * 1024) /* bytes of one message: a batch of LIMIT_BATCH                              \
                         commands of full length is split by its sender */
#define LIMIT_REPLY                                                                                \
    (64 * 1024 * 1024) /* bytes of one answer: LIMIT_BATCH refusals with every limit               \
                               named, or entries of LIMIT_LAPSE vouchers */
#define LIMIT_SHORT_FRAME                                                                          \
    (16 * 1024) /* bytes that any connection may have sent of a message, or of several: with every \
                   connection there is, 64 MiB */
#define LIMIT_LONG_BYTES                                                                           \
    (64 * 1024 * 1024) /* bytes of the longer messages that are read at one time, over all         \
                          connections */
#define LIMIT_LONG_EACH    (32 * 1024 * 1024) /* and of those of one principal */
#define LIMIT_LONG_SECONDS 30                 /* for such a message to arrive whole */
#define LIMIT_PIECE        1024  /* bytes: fewer at a time are a small piece of a message */
#define LIMIT_PIECES       16    /* of one message that are read as they come, in a row */
#define LIMIT_REST_MS      20    /* between reads of the next ones: each read costs the same */
#define LIMIT_HELLO        1024  /* bytes of the first message: nothing is known of the peer yet */
#define LIMIT_BATCH        10000 /* commands in one request */
#define LIMIT_UNDER_WAY    4096  /* requests under way on one connection */
#define LIMIT_PAGE         1000  /* rows in one page of a listing */
#define LIMIT_SCAN                                                                                 \
    20000                      /* rows looked at for one page, so that a filter that matches       \
                                  nothing does not hold the event loop */
#define LIMIT_CONNECTIONS 4096 /* half of them, unless configured, for one principal */
#define LIMIT_WAIT_MS                                                                              \
    60000 /* that a query may wait for an entry: who waits on asks again, so that each             \
             side hears of the other */
#define LIMIT_FOLLOWERS                                                                            \
    1024 /* queries that wait for an entry, over all connections, some 1 KiB each: any further     \
            one is answered at once */
#define LIMIT_FOLLOWERS_EACH 512 /* and of those of one principal */
#define LIMIT_OUTBOX                                                                               \
    (16 * 1024 * 1024)                       /* bytes of answers that a peer has not read: more,   \
                                                and no request is read from it */
#define LIMIT_OUTBOX_EACH (32 * 1024 * 1024) /* the same of all peers of one principal */
#define LIMIT_OUTBOX_ALL  (64 * 1024 * 1024) /* and of all there are */

/* The daemon. */
#define LIMIT_QUEUE_JOBS 8192 /* requests between the event loop and the writer */
#define LIMIT_QUEUE_BYTES                                                                          \
    (64 * 1024 * 1024)   /* and their bytes: memory is bounded by this. Half of                    \
                            both, unless configured, for one principal */
#define LIMIT_GROUP 4096 /* commands in one durable commit, at most */
#define LIMIT_GROUP_USUAL                                                                          \
    2048 /* large enough that commits cost little, small enough that one batch                     \
            is decided while those before it are committed */

#endif
