-- 学籍 (national system, since 2013) and 学历电子注册 (since 2001), the county's copy. A paper of before is in no table unless its owner
-- had it registered afterwards.

CREATE TABLE dm_xx (                      -- schools; one that was merged keeps its code in old rows
    xxdm  varchar(10) PRIMARY KEY,        -- 学校标识码 or 院校代码
    xxmc  text NOT NULL,
    hbdm  varchar(10)                     -- code of the school that it was merged into
);

CREATE TABLE xsxx (                       -- 学生信息; a pupil who moved may have two 学籍号 (双学籍)
    xjh    varchar(20) NOT NULL,          -- 学籍号
    sfzjh  varchar(18) NOT NULL,          -- 身份证件号
    xm     text NOT NULL,
    cym    text NOT NULL DEFAULT ''
);

CREATE TABLE xsjd (                       -- 就读, one row a pupil and school: [rxrq, lxrq)
    xjh   varchar(20) NOT NULL,
    xxdm  varchar(10) NOT NULL,
    rxnf  char(4) NOT NULL,               -- 入学年份
    rxrq  varchar(10) NOT NULL,           -- 20240901 or 2024-09-01
    lxrq  varchar(10),                    -- 离校日期
    lxyy  varchar(10)                     -- 毕业, 转学, 转出外省, 退学
);

CREATE TABLE xlzs (                       -- 学历证书
    zsbh   varchar(20) NOT NULL,          -- 证书编号
    sfzh   varchar(18) NOT NULL,
    xm     text NOT NULL,                 -- as printed on the paper
    xyxm   text NOT NULL DEFAULT '',      -- 现用姓名, where the owner changed the name and had it noted
    xxdm   varchar(10) NOT NULL,
    cc     varchar(10) NOT NULL,          -- 层次 in words: 博士研究生, 硕士研究生, 本科, 专科, 中专
    byrq   varchar(10) NOT NULL           -- 毕业日期: 20050701 or 2005-07-01
);
