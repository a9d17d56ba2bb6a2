/* SPDX-License-Identifier: Apache-2.0 */
/* What can be imported: a row of each file becomes a command, whose own table of fields has the
 * rule for each value. A new kind is a table of columns here and a line in `kinds`. */
#include "tools/ctl/import.h"

#include <assert.h>
#include <stddef.h>

static const struct import_column enterprise_columns[] = {
    {"uscc", "统一社会信用代码|uscc|信用代码|企业信用代码|creditcode"},
    {"name", "企业名称|name|单位名称|名称|enterprisename"},
    {"area", "所属区域|area|区域|县区|所在地"},
    {"related", "关联企业组|related|关联组|集团"},
    {"trait", "企业特征|traits|特征|资质|trait"},
    {0},
};

static const struct import_column contract_columns[] = {
    {"number", "合同编号|contract|合同号|contractnumber|number"},
    {"seller", "卖方信用代码|seller|卖方|供方信用代码|服务商信用代码"},
    {"buyer", "买方信用代码|buyer|买方|需方信用代码"},
    {"amount", "合同金额|amount|金额"},
    {"signed", "签订日期|signed|签约日期|签署日期"},
    {0},
};

static const struct import_column voucher_columns[] = {
    {"measure", "措施|measure|条款|券种"},
    {"enterprise", "企业信用代码|enterprise|统一社会信用代码|信用代码|creditcode"},
    {"contract", "合同编号|contract|合同号|contractnumber"},
    {"seller", "卖方信用代码|seller|卖方|供方信用代码|服务商信用代码"},
    {"year", "资金年度|year|年度|fundyear"},
    {"amount", "申请金额|amount|金额"},
    {"rate", "审定比例|rate|比例"},
    {"attest", "证明材料|attestations|证明|attest"},
    {0},
};

static const struct import_column redemption_columns[] = {
    {"voucher", "券号|voucher|券编号|vouchernumber"},
    {"invoice", "发票号码|invoice|发票号|invoicenumber"},
    {"dated", "开票日期|dated|发票日期|invoicedate"},
    {"amount", "发票金额|amount|金额"},
    {"attest", "证明材料|attestations|证明|attest"},
    {0},
};

/* An invoice for an enterprise's contract: by these its voucher is found. */
static const struct field invoice_fields[] = {
    {.name = "enterprise",
     .type = FIELD_USCC,
     .flags = FIELD_REQUIRED,
     .help = N_("the beneficiary's credit code")},
    {.name = "contract",
     .type = FIELD_TEXT,
     .limit = LIMIT_NUMBER,
     .flags = FIELD_REQUIRED,
     .help = N_("the contract's number")},
    {.name = "seller",
     .type = FIELD_USCC,
     .flags = FIELD_REQUIRED,
     .help = N_("the credit code of the contract's seller")},
    {.name = "measure",
     .type = FIELD_TEXT,
     .limit = LIMIT_CODE,
     .help = N_("the measure's code in the policy, where the contract has vouchers of several")},
    {.name = "invoice",
     .type = FIELD_INVOICE,
     .flags = FIELD_REQUIRED,
     .help = N_("the invoice's number: 20 digits, or CODE-NUMBER")},
    {.name = "dated",
     .type = FIELD_DAY,
     .flags = FIELD_REQUIRED,
     .help = N_("the invoice's date, like 2025-07-10")},
    {.name = "amount",
     .type = FIELD_MONEY,
     .flags = FIELD_REQUIRED,
     .help = N_("the invoice's amount in yuan")},
    {0},
};

static const struct import_column invoice_columns[] = {
    {"enterprise", "企业信用代码|enterprise|统一社会信用代码|信用代码|creditcode"},
    {"contract", "合同编号|contract|合同号|contractnumber"},
    {"seller", "卖方信用代码|seller|卖方|供方信用代码|服务商信用代码"},
    {"measure", "措施|measure|条款|券种"},
    {"invoice", "发票号码|invoice|发票号|invoicenumber"},
    {"dated", "开票日期|dated|发票日期|invoicedate"},
    {"amount", "发票金额|amount|金额"},
    {0},
};

/* What else a claim says are facts, and a person. */
static const struct import_column claim_columns[] = {
    {"measure", "措施|measure|条款|券种"},
    {"enterprise", "企业信用代码|enterprise|统一社会信用代码|信用代码|creditcode"},
    {"contract", "合同编号|contract|合同号|contractnumber"},
    {"seller", "卖方信用代码|seller|卖方|供方信用代码|服务商信用代码"},
    {"amount", "申请金额|amount|金额"},
    {"rate", "审定比例|rate|比例"},
    {"year", "资金年度|fundyear"},
    {"attest", "证明材料|attestations|证明|attest"},
    {0},
};

static const struct import_kind kinds[] = {
    {&ctl_import_enterprises, &ctl_enterprise_add, NULL, enterprise_columns, false},
    {&ctl_import_contracts, &ctl_contract_add, NULL, contract_columns, false},
    {&ctl_import_vouchers, &ctl_voucher_issue, NULL, voucher_columns, false},
    {&ctl_import_redemptions, &ctl_voucher_redeem, NULL, redemption_columns, false},
    {&ctl_import_invoices, &ctl_voucher_redeem, invoice_fields, invoice_columns, false},
    {&ctl_import_claims, &ctl_claim, NULL, claim_columns, true},
};

const struct import_kind *import_kind_of(const struct tool_command *c)
{
    size_t i = 0, n = sizeof kinds / sizeof *kinds;
    while (i < n && kinds[i].import != c)
        i++;
    assert(i < n); /* every command of import has its kind */
    return &kinds[i];
}
