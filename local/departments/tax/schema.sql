-- 征管: the county's extract of the vertical system (金税), pinyin initials as the vendor names them. Periods are ISO days, bank days are
-- char(8), as they come from the treasury's file.

CREATE TABLE dj_nsrxx (                   -- 纳税人, one row a registration
    djxh     bigint PRIMARY KEY,          -- 登记序号
    nsrsbh   varchar(20) NOT NULL,        -- 纳税人识别号: USCC; 区划6 + 组织机构代码9 before 2015; a person's own number, 15 digits in old rows
    nsrmc    text NOT NULL,
    nsrzt    char(2) NOT NULL,            -- 03 正常, 05 非正常 (a state of taxation, not of the company), 07 注销
    zcdz     text NOT NULL DEFAULT '',
    xgrq     timestamp NOT NULL
);

CREATE TABLE zs_yzsf (                    -- 应征: what a return or an assessment comes to
    yzsbh    bigint PRIMARY KEY,
    djxh     bigint NOT NULL,
    zsxm_dm  char(5) NOT NULL,            -- 征收项目
    skssqq   varchar(10) NOT NULL,        -- 税款所属期起
    skssqz   varchar(10) NOT NULL,        -- 税款所属期止
    sbrq     varchar(10) NOT NULL,        -- 申报日期
    ybtse    numeric(16, 2) NOT NULL      -- 应补退税额
);

CREATE TABLE zs_jkxx (                    -- 缴款, one row a voucher; a reversal (冲红) is a row below zero
    dzsphm   varchar(20) NOT NULL,        -- 电子税票号码
    yzsbh    bigint NOT NULL,
    sjje     numeric(16, 2) NOT NULL,
    jkrq     char(8) NOT NULL,            -- the bank took it
    rkrq     char(8)                      -- 入库日期: the treasury has it; null on the way
);

CREATE TABLE zx_qszm (                    -- 清税证明
    zmhm     varchar(20) NOT NULL,
    djxh     bigint NOT NULL,
    kjrq     char(8) NOT NULL,            -- 开具日期
    zfrq     char(8)                      -- 作废日期
);

CREATE TABLE sb_grsds (                   -- 个人所得税申报, one row a return; by an employer for its people, or by a person
    sbxh    bigint PRIMARY KEY,           -- 申报序号
    djxh    bigint NOT NULL,
    sblx    char(1) NOT NULL,             -- 1 预扣预缴 or 按次, 2 年度汇算: the whole year's income once more
    skssqq  varchar(10) NOT NULL,
    skssqz  varchar(10) NOT NULL,
    sbrq    varchar(10) NOT NULL,
    sre     numeric(16, 2) NOT NULL,      -- 收入额; of a business, what its costs leave
    gzsbxh  bigint                        -- 更正申报: the return that this one replaces
);
