/* SPDX-License-Identifier: Apache-2.0 */
#include "proof/person.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

_Static_assert(PERSON_HASH_DIGITS / 2 <= SHA256_DIGEST_LENGTH, "a beginning of the hash");
_Static_assert(PERSON_KEY_DIGITS / 2 <= SHA256_DIGEST_LENGTH, "a beginning of the digest");

int person_key_id(struct span key, char id[static PERSON_KEY_DIGITS + 1])
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    if (!EVP_Digest(key.p, key.n, digest, NULL, EVP_sha256(), NULL))
        return ERR_MEMORY;
    hex_format(digest, PERSON_KEY_DIGITS / 2, id);
    return 0;
}

int person_hash(struct span key, const char *key_id, const char *type, const char *number,
                char out[static PERSON_HASHED + 1])
{
    uint8_t hash[SHA256_DIGEST_LENGTH], said[256];
    size_t n = strlen(type) + 1, len = strlen(number);
    if (key.n > INT32_MAX || len > sizeof said || n > sizeof said - len)
        return ERR_RANGE;
    memcpy(said, type, n);
    memcpy(said + n, number, len);
    bool done = HMAC(EVP_sha256(), key.p, (int)key.n, said, n + len, hash, NULL) != NULL;
    explicit_bzero(said, sizeof said);
    if (!done)
        return ERR_MEMORY;
    memcpy(out, key_id, PERSON_KEY_DIGITS);
    out[PERSON_KEY_DIGITS] = ':';
    hex_format(hash, PERSON_HASH_DIGITS / 2, out + PERSON_KEY_DIGITS + 1);
    return 0;
}
