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
    aae003  char(6) NOT NULL,             -- 对应费款所属期: the month that is paid for
    aaa115  char(2) NOT NULL,             -- 应缴类型: 10 正常应缴, 20 补缴, 30 外地转入
    aae078  char(1) NOT NULL,             -- 到账标志: 0 未到账, 1 已到账
    aab191  varchar(10)                   -- 到账日期: 20240315 or 2024-03-15
);
