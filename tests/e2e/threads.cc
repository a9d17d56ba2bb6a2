// SPDX-License-Identifier: Apache-2.0
// A program in C++ whose threads have a connection each: every one redeems its part of voucher 1
// and asks for it meanwhile. For test_library.py.
#include <atomic>
#include <cstdio>
#include <cstring>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <voucher.h>

namespace
{
const int THREADS = 4, EACH = 20;
std::atomic<int> failures(0);

int failed(const voucher_error &error)
{
    std::fprintf(stderr, "%s: %s '%s': %s\n", voucher_code_name(error.code), error.field,
                 error.value, error.expected);
    return ++failures;
}

void work(const char *addr, int thread, std::set<std::string> *ids)
{
    voucher_connection *c = nullptr;
    voucher_result *result = nullptr;
    voucher_error error;
    if (voucher_open(addr, "threads", 60000, &c, &error) != VOUCHER_DONE) {
        failed(error);
        return;
    }
    for (int i = 0; i < EACH; i++) {
        const std::string invoice =
            "26" + std::to_string(357000000000000000ULL + 100U * thread + i);
        voucher_command command = {};
        command.size = sizeof command;
        command.kind = VOUCHER_DO_REDEEM;
        command.voucher = 1;
        command.invoice = invoice.c_str();
        command.amount = 200;
        voucher_day_parse("2025-07-20", &command.dated, nullptr);
        voucher_new_id(command.request_id);
        ids->insert(std::string(reinterpret_cast<char *>(command.request_id), VOUCHER_ID));
        if (voucher_do(c, &command, 1, 0, &result, &error) != VOUCHER_DONE)
            failed(error);
        voucher_result_free(result);
        voucher_query query = {};
        query.size = sizeof query;
        query.kind = VOUCHER_ASK_VOUCHER;
        query.voucher = 1;
        if (voucher_ask(c, &query, &result, &error) != VOUCHER_DONE)
            failed(error);
        else if (result->vouchers[0]->stages.payable < 100 * (i + 1))
            failures++; // what was answered before is counted
        voucher_result_free(result);
    }
    voucher_close(c);
}
} // namespace

int main(int argc, char **argv)
{
    std::vector<std::thread> threads;
    std::set<std::string> ids[THREADS], all;
    if (argc != 2)
        return 2;
    for (int i = 0; i < THREADS; i++)
        threads.emplace_back(work, argv[1], i, &ids[i]);
    for (int i = 0; i < THREADS; i++) {
        threads[i].join();
        all.insert(ids[i].begin(), ids[i].end());
    }
    std::printf("%d failed, %zu ids\n", failures.load(), all.size());
    return 0;
}
