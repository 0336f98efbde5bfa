-- 银行, one core system that answers for the city's banks: customers by their paper, balances as the day's close left them.

CREATE TABLE kh_grxx (                    -- 个人客户; one person may be a customer of several banks
    khh   varchar(20) NOT NULL,           -- 客户号
    yhdm  char(3) NOT NULL,               -- 银行代码
    khmc  varchar(120) NOT NULL,          -- 客户名称
    zjlx  char(1) NOT NULL,               -- 证件类型: A 身份证, B 护照, C 军官证
    zjhm  varchar(30) NOT NULL
);

CREATE TABLE zh_xx (                      -- 账户
    zh    varchar(30) NOT NULL,           -- 账号
    khh   varchar(20) NOT NULL,
    zhlx  char(1) NOT NULL,               -- 1 活期, 2 定期, 3 理财, 4 贷款: what is owed, not owned
    khrq  char(8) NOT NULL,               -- 开户日期
    xhrq  char(8)                         -- 销户日期
);

CREATE TABLE zh_ye (                      -- 日终余额, one row a day on which it changed
    zh    varchar(30) NOT NULL,
    rq    char(8) NOT NULL,
    ye    numeric(18, 2) NOT NULL
);
