-- 金保工程: columns are the ministry's indicator codes (AAC001 …). Months are char(6); days are as each counter typed them.

CREATE TABLE ac01 (                       -- 个人基本信息, one row a 个人编号: who was insured in two places has two of them
    aac001  bigint NOT NULL,              -- 个人编号
    aac002  varchar(18) NOT NULL,         -- 社会保障号: the citizen id, in old rows with 15 digits
    aac003  text NOT NULL,                -- 姓名
    cym     text NOT NULL DEFAULT '',     -- 曾用名, added by the vendor
    aac060  char(1) NOT NULL,             -- 生存状态: 1 生存, 2 死亡
    aab301  char(6) NOT NULL,             -- 统筹区, as it was called when the number was given
    aae036  timestamp NOT NULL            -- 经办时间
);

CREATE TABLE ac02 (                       -- 参保关系, one row a kind of insurance
    aac001  bigint NOT NULL,
    aae140  char(3) NOT NULL,             -- 险种: 110 职工养老, 120 机关事业养老, 170 居民养老, 210 失业, 410 工伤
    aac031  char(1) NOT NULL,             -- 1 参保缴费, 2 暂停缴费, 3 终止缴费
    aae160  text NOT NULL DEFAULT '',     -- 变更原因: 转出 means that the account went to another place
    aae035  varchar(10) NOT NULL          -- 变更日期: 20190301 or 2019-03-01
);

CREATE TABLE ac43 (                       -- 缴费明细, one row a month and a payment
    aac001  bigint NOT NULL,
    aae140  char(3) NOT NULL,
    aab001  bigint,                       -- 单位编号; null: paid by the person alone (灵活就业)
    aae003  char(6) NOT NULL,             -- 对应费款所属期: the month that is paid for
    aaa115  char(2) NOT NULL,             -- 应缴类型: 10 正常应缴, 20 补缴, 30 外地转入
    aae078  char(1) NOT NULL,             -- 到账标志: 0 未到账, 1 已到账
    aab191  varchar(10)                   -- 到账日期: 20240315 or 2024-03-15
);

CREATE TABLE jysydj (                     -- 就业失业登记, one row a registration; the counter often forgets to end the one before
    djbh    varchar(20) NOT NULL,         -- 登记编号
    aac001  bigint NOT NULL,
    djlb    char(1) NOT NULL,             -- 登记类别: 1 就业, 2 失业
    jyxs    char(2),                      -- 就业形式: 10 单位就业, 20 个体经营, 30 灵活就业, 40 公益性岗位
    ksrq    varchar(10) NOT NULL,         -- 开始日期
    jsrq    varchar(10)                   -- 注销日期
);

CREATE TABLE ac60 (                       -- 养老待遇
    aac001  bigint NOT NULL,
    aae140  char(3) NOT NULL,
    aae210  char(6) NOT NULL,             -- 待遇开始年月
    aae116  char(1) NOT NULL,             -- 发放状态: 1 正常, 2 暂停, 3 终止
    aae041  varchar(10)                   -- day from which it was stopped; null while it is paid
);

CREATE TABLE dyzgrz (                     -- 待遇资格认证: good for twelve months
    aac001  bigint NOT NULL,
    rzrq    varchar(10) NOT NULL,         -- 认证日期
    rzfs    text NOT NULL                 -- 认证方式: 人脸, 数据比对, 上门
);

CREATE TABLE swbd (                       -- 死亡比对: what other bodies reported, by citizen id and not by 个人编号
    sfzh    varchar(18) NOT NULL,
    ly      text NOT NULL,                -- 来源: 公安, 民政, 卫健
    swrq    varchar(10) NOT NULL,         -- 死亡日期
    cxrq    varchar(10)                   -- 撤销日期: the report was wrong
);

CREATE TABLE ac40 (                       -- 月收入: what the base knows of a month's wages and benefits
    aac001  bigint NOT NULL,
    aae003  char(6) NOT NULL,
    xmlx    text NOT NULL,                -- 工资, 养老金, 失业金
    je      numeric(12, 2) NOT NULL
);
