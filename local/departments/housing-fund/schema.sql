-- 湛江市住房公积金管理中心: columns after 住房公积金基础数据标准 (JGJ/T 320). One base for the whole prefecture, 吴川 is one of its 管理部.

CREATE TABLE grjbxx (                     -- 个人基本信息, one row an account: another employer in another county opened another account
    grzh      varchar(20) NOT NULL,       -- 个人账号
    xingming  varchar(120) NOT NULL,
    cym       varchar(120) NOT NULL DEFAULT '',
    zjlx      char(2) NOT NULL,           -- 证件类型: 01 身份证, 02 军官证, 03 护照
    zjhm      varchar(30) NOT NULL        -- 证件号码
);

CREATE TABLE grzhxx (                     -- 个人账户信息
    grzh    varchar(20) NOT NULL,
    glbbm   char(6) NOT NULL,             -- 管理部: 440883 吴川, 440802 赤坎 …
    grzhzt  char(2) NOT NULL,             -- 账户状态: 01 正常, 02 封存, 03 合并销户, 04 外部转出销户, 05 提取销户
    xhrq    char(8)                       -- 销户日期
);

CREATE TABLE hbjmx (                      -- 汇补缴明细; a wrong booking stays, and a second one with a minus (冲正) takes it back
    grzh   varchar(20) NOT NULL,
    ywlx   char(2) NOT NULL,              -- 01 汇缴, 02 补缴
    hbjny  char(6) NOT NULL,              -- 汇补缴年月: the month that is paid for
    jzrq   char(8) NOT NULL,              -- 记账日期
    fse    numeric(18, 2) NOT NULL        -- 发生额
);

CREATE TABLE ydzymx (                     -- 异地转移接续: what came from another prefecture came as one sum, without its months
    grzh  varchar(20) NOT NULL,
    zyfx  char(1) NOT NULL,               -- 1 转入, 2 转出
    bjrq  char(8) NOT NULL                -- 办结日期
);

CREATE TABLE grzhye (                     -- 账户余额, one row a day on which it changed
    grzh  varchar(20) NOT NULL,
    yerq  char(8) NOT NULL,
    ye    numeric(18, 2) NOT NULL
);
