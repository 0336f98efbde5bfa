-- 妇幼保健 and 预防接种 as two vendors left them: pinyin column names, days as text in whatever form a clinic typed, codes of their own.

CREATE TABLE fy_ycfda (                   -- 孕产妇保健档案, one file a woman
    dah    varchar(20) NOT NULL,          -- 档案号
    sfzh   varchar(20) NOT NULL,          -- 证件号: 15 digits in old files; empty where a file was opened by name only
    xm     text NOT NULL,
    cym    text NOT NULL DEFAULT '',      -- name in an earlier file that was merged into this one
    gxsj   timestamp NOT NULL
);

CREATE TABLE fy_csyxzm (                  -- 出生医学证明, one row a paper; a paper that was issued again stays, marked
    zsbh     varchar(24) NOT NULL,        -- 编号: a letter and 9 digits; the series of before 1996 is digits only, typed with No or 粤
    dah      varchar(20) NOT NULL,        -- the mother's file
    xsexm    text NOT NULL,               -- newborn's name, often empty at birth
    xsesfzh  varchar(20) NOT NULL,        -- filled in later from 户口登记, if at all
    fqsfzh   varchar(20) NOT NULL,        -- father, as the mother declared him
    csrq     varchar(20) NOT NULL,        -- 2024-03-05, 2024/3/5, 20240305 or 2024年3月5日
    zt       char(1) NOT NULL,            -- 1 有效, 2 换发收回, 3 遗失补发, 9 作废 (never valid: misprint, false declaration)
    ztrq     varchar(10),                 -- day on which it was replaced
    gxsj     timestamp NOT NULL
);

CREATE TABLE sw_yxzm (                    -- 居民死亡医学证明
    zsbh   varchar(24) NOT NULL,
    sfzh   varchar(20) NOT NULL,          -- 15 digits in the rows of the paper era
    xm     text NOT NULL,
    swrq   varchar(20) NOT NULL,          -- day of death, in any form
    swdd   char(1) NOT NULL,              -- 1 医院, 2 来院途中, 3 家中: written by the township clinic from what is told it
    qfrq   varchar(20) NOT NULL,          -- day of issue: at home in a village weeks after the death
    zfrq   varchar(20),                   -- day of 作废: the person turned out to be alive
    gxsj   timestamp NOT NULL
);

CREATE TABLE jz_grda (                    -- 预防接种个案
    grbm   varchar(20) NOT NULL,          -- 个案编码
    zjhm   varchar(20) NOT NULL,
    xm     text NOT NULL,
    cym    text NOT NULL DEFAULT '',      -- the name before the child was named: 测甲之子
    csrq   varchar(10) NOT NULL,
    wslb   char(1) NOT NULL,              -- 1: vaccinated in another province before, and that history has not come
    qcrq   varchar(10),                   -- 迁出: since then somebody else vaccinates
    gxsj   timestamp NOT NULL
);

CREATE TABLE jz_jzjl (                    -- 接种记录, one row a shot
    grbm   varchar(20) NOT NULL,
    ymdm   char(4) NOT NULL,              -- dm_ym.dm
    jzrq   varchar(10) NOT NULL,          -- 2026-08-05 or 20260805
    ly     char(1) NOT NULL,              -- 1 本地, 2 补录 from the booklet, other provinces' shots among them
    zfbz   char(1) NOT NULL               -- 1: entered by mistake
);

CREATE TABLE dm_ym (                      -- 疫苗: what a product protects against; a combined one has several rows
    dm     char(4) NOT NULL,
    mc     text NOT NULL,
    fl     varchar(8) NOT NULL
);
INSERT INTO dm_ym VALUES
    ('0101', '卡介苗', 'bcg'), ('0201', '乙肝疫苗', 'hepb'), ('0301', '脊灰灭活疫苗', 'polio'), ('0303', '脊灰减毒疫苗', 'polio'),
    ('0401', '百白破疫苗', 'dtp'), ('1201', '麻腮风疫苗', 'mmr'), ('1801', '乙脑减毒疫苗', 'je'), ('1601', 'A群流脑疫苗', 'mena'),
    ('1602', 'A群C群流脑疫苗', 'menac'), ('1901', '甲肝减毒疫苗', 'hepa'), ('5001', '五联疫苗', 'dtp'), ('5001', '五联疫苗', 'polio');

CREATE TABLE jz_mycx (                    -- 国家免疫规划疫苗儿童免疫程序: at how many months which dose is due
    fl     varchar(8) NOT NULL,
    jc     smallint NOT NULL,
    yl     smallint NOT NULL
);
INSERT INTO jz_mycx VALUES
    ('bcg', 1, 0), ('hepb', 1, 0), ('hepb', 2, 1), ('hepb', 3, 6), ('polio', 1, 2), ('polio', 2, 3), ('polio', 3, 4), ('polio', 4, 48),
    ('dtp', 1, 3), ('dtp', 2, 4), ('dtp', 3, 5), ('dtp', 4, 18), ('mmr', 1, 8), ('mmr', 2, 18), ('je', 1, 8), ('je', 2, 24),
    ('mena', 1, 6), ('mena', 2, 9), ('menac', 1, 36), ('menac', 2, 72), ('hepa', 1, 18);

CREATE TABLE jkm_hmhr (                   -- 外地健康码互认, as the exchange platform leaves it: each issuer's numbers as they came
    lsh    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- 流水号
    bbh    int NOT NULL DEFAULT 1,        -- 版本
    zjlx   varchar(3) NOT NULL,           -- 证件类型
    zjhm   varchar(20) NOT NULL,
    qfd    varchar(12) NOT NULL,          -- 签发地: 00 is the national intermediary
    hrfs   char(1) NOT NULL,              -- 互认方式: 1 共享, 2 转换, 3 国家码
    mz     varchar(4) NOT NULL,           -- 码值: what it means, only the issuer's table says
    yy     text NOT NULL DEFAULT '',      -- 原因
    zt     char(1) NOT NULL DEFAULT '1',  -- 1 互认, 0 撤回
    qfsj   timestamptz NOT NULL,
    yxqz   timestamptz,
    gxsj   timestamptz NOT NULL DEFAULT now()
);
