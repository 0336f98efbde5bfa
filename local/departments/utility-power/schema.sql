-- 营销系统 (SG186 style): customers and receivables. Days are char(8).

CREATE TABLE c_cons (                     -- 用电客户
    cons_no    char(10) PRIMARY KEY,         -- 户号, with leading zeros
    cons_name  text NOT NULL,                -- 户名: whoever opened the account, often the developer or the owner before
    cert_no    varchar(20),                  -- 证件号; null in rows of before the 实名 drive
    elec_addr  text NOT NULL,
    status     char(1) NOT NULL,             -- 0 正常, 2 已销户
    end_date   char(8),                      -- 销户日期
    mobile     text NOT NULL DEFAULT ''
);

CREATE TABLE a_rcvbl (                    -- 应收: one row a bill
    cons_no   char(10) NOT NULL,
    ym        char(6) NOT NULL,              -- 电费年月
    amt       numeric(12, 2) NOT NULL,
    penal_bgn char(8) NOT NULL,              -- 违约金起算日: in arrears from this day on
    settled   char(8)                        -- 结清日期
);
