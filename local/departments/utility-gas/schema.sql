-- 燃气: customers of the piped gas company; vendor names, days with slashes and without zeros.

CREATE TABLE gas_customer (
    khh     varchar(16) PRIMARY KEY,         -- 客户号 (户号): G440008812
    khmc    text NOT NULL,
    zjhm    varchar(20),
    yqdz    text NOT NULL,                   -- 用气地址
    tqrq    varchar(10)                      -- 停气 (销户)
);

CREATE TABLE gas_debt (                   -- 欠费: a row is written when a bill is overdue, and closed when it is paid
    khh     varchar(16) NOT NULL,
    qfje    numeric(10, 2) NOT NULL,
    qfrq    varchar(10) NOT NULL,            -- 2026/9/16
    jqrq    varchar(10)                      -- 结清
);
