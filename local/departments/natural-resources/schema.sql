-- 不动产登记: the vendor's system since 2016, and the house certificates of before, which were never linked to anybody's number. A rural
-- 宅基地 is mostly not here at all.

CREATE TABLE dm_djq (                     -- 地籍区: the first 9 digits of a unit number, and the town it lies in
    djq  char(9) PRIMARY KEY,
    xzdm char(12) NOT NULL                   -- 统计用区划代码
);

CREATE TABLE bdc_fdcq (                   -- 房地产权, the book itself: one row a right; a transfer closes one and opens another
    qlid    bigint PRIMARY KEY,
    bdcdyh  char(28) NOT NULL,               -- 不动产单元号, GB/T 37346
    bdcqzh  varchar(40) NOT NULL,            -- 不动产权证号
    zl      text NOT NULL,                   -- 坐落, as written on the certificate
    ghyt    char(2) NOT NULL,                -- 规划用途: 10 住宅, 20 商业, 30 工业
    jzmj    numeric(10, 2) NOT NULL,
    djsj    varchar(19) NOT NULL,            -- 登记时间: 2019-05-06 10:20:00, or 2019-05-06 in rows taken over
    zxsj    varchar(19)                      -- 注销时间
);

CREATE TABLE bdc_qlr (                    -- 权利人: one row a co-owner
    qlid   bigint NOT NULL,
    qlrmc  text NOT NULL,
    zjh    varchar(18) NOT NULL,             -- 证件号 as typed: 15 digits where it was taken over
    gyfs   char(1) NOT NULL,                 -- 共有方式: 0 单独, 1 共同, 2 按份
    qlbl   text                              -- 份额: 50%, 1/2
);

CREATE TABLE bdc_yydj (                   -- 异议登记: lapses after 15 days unless its applicant sues (民法典 Art 220)
    qlid  bigint NOT NULL,
    qsrq  varchar(10) NOT NULL,
    zzrq  varchar(10)
);

CREATE TABLE fc_jzd (                     -- 旧房产证 of before 2016, from paper: owners by name alone, several with 、 between them
    fczh  varchar(40) NOT NULL,
    syqr  text NOT NULL,
    zl    text NOT NULL,
    hzrq  varchar(10)                        -- 换证日期: day on which it became a row of bdc_fdcq
);
