-- 常住人口 and 户籍, in the pinyin column names of the vertical system (GA/T style). Dates are char(8); local time has no zone.

CREATE TABLE dm_xzjd (                    -- 镇街 code table, private to this system; two old codes may lead to one town (merged towns)
    dm    char(3) PRIMARY KEY,
    qhdm  char(12) NOT NULL,              -- 统计用区划代码: the town's 9 digits and 000
    mc    text NOT NULL                   -- name as it was printed then: 塘缀镇 for 塘㙍镇
);

CREATE TABLE ck_rkjbxx (                  -- 人口基本信息, one row a person
    rybh    bigint NOT NULL,              -- 人员编号
    gmsfhm  varchar(18) NOT NULL,         -- 公民身份号码 as it was typed: 18 characters, some with x, some still the 15 digits of before 1999
    xm      text NOT NULL,
    cym     text NOT NULL DEFAULT '',     -- 曾用名
    xb      char(1) NOT NULL,             -- GB/T 2261.1
    csrq    char(8) NOT NULL,
    ryzt    char(1) NOT NULL,             -- 1 正常, 2 死亡注销, 3 迁出本市, 4 出国定居注销
    zxrq    char(8),                      -- day of 注销 or 迁出; the household row of a dead person stays open
    lxdh    text NOT NULL,                -- 联系电话
    gxsj    timestamp NOT NULL
);

CREATE TABLE ck_hjxx (                    -- 户
    hh    bigint NOT NULL,
    hlx   char(1) NOT NULL,               -- 1 家庭户, 2 集体户
    xzdm  char(3) NOT NULL,               -- dm_xzjd.dm
    dz    text NOT NULL
);

CREATE TABLE ck_hcy (                     -- 户成员, with the time for which a person was registered there: [rhrq, chrq)
    hh     bigint NOT NULL,
    rybh   bigint NOT NULL,
    yhzgx  char(2) NOT NULL,              -- 与户主关系, GB/T 4761
    rhrq   char(8) NOT NULL,
    rhyy   text NOT NULL,                 -- 入户原因
    chrq   char(8),                       -- open: null, or 99991231 in rows that the system before this one wrote
    chyy   text
);

CREATE TABLE ck_swdj (                    -- 死亡登记, kept since 2005: who was cancelled before has the day of 注销 in ck_rkjbxx only
    rybh   bigint NOT NULL,
    swrq   char(8) NOT NULL,              -- day of death as declared
    sbrq   char(8) NOT NULL,              -- day of declaration: in villages up to a month later (户口登记条例 Art 8), often more
    hfrq   char(8)                        -- 恢复户口: cancelled by mistake, the person is alive
);

-- 流动人口: a program of its own, with its own persons. Whoever is registered here is not in ck_rkjbxx.
CREATE TABLE ldry_jbxx (                  -- 流动人员
    rkbh   varchar(16) NOT NULL,
    zjhm   varchar(18) NOT NULL,
    xm     text NOT NULL,
    cym    text NOT NULL DEFAULT '',
    gxsj   timestamp NOT NULL
);

CREATE TABLE ldry_jzdj (                  -- 居住登记 and 居住证签注: one row a stretch of time
    rkbh   varchar(16) NOT NULL,
    xzdm   char(3) NOT NULL,              -- dm_xzjd.dm
    qsrq   varchar(10) NOT NULL,          -- first day, 2025-03-01 or 20250301
    zzrq   varchar(10),                   -- last day; open: null or 99991231
    zxyy   char(1)                        -- why it ended: 1 离开, 2 到期未签注, 3 变更地址, 9 错登 (it never was)
);

-- 违法犯罪人员 as the case program hands it over: everything that was ever opened, whatever came of it.
CREATE TABLE wf_ryjl (
    jlbh   bigint NOT NULL,
    zjhm   varchar(18) NOT NULL,
    xm     text NOT NULL,
    zanl   smallint NOT NULL,             -- 作案时年龄
    cljg   char(2) NOT NULL,              -- 处理结果: 01 有罪判决生效, 02 不起诉, 03 无罪, 04 撤案, 05 行政处罚, 06 在办
    xqys   smallint,                      -- 刑期 in months; 0 免予刑事处罚
    sxrq   char(8),                       -- day on which the judgment took effect
    gprq   char(8),                       -- 再审改判无罪: day of the judgment
    fcbz   char(1) NOT NULL               -- 封存: 1 sealed, 2 unsealed again by decision, 0 nobody has set it
);

-- 车驾管: the traffic police's tables, in the column names of their national program (GA/T 16).
CREATE TABLE veh_flow (                   -- 机动车登记, one row a time of ownership
    xh        varchar(14) NOT NULL,       -- 机动车序号: stays when the plate changes
    hphm      varchar(12) NOT NULL,       -- 号牌号码, in some rows without 粤
    sfzmhm    varchar(18) NOT NULL,       -- 所有人
    syr       text NOT NULL,
    djrq      varchar(10) NOT NULL,       -- first day as owner
    zyrq      varchar(10),                -- 转移登记 to the next one; open: null
    zt        varchar(4) NOT NULL,        -- letters, several may hold: A 正常, E 注销, G 违法未处理, M 强制注销, Q 逾期未检验, …
    yxqz      varchar(10),                -- 检验有效期止
    gxrq      timestamp NOT NULL
);

CREATE TABLE veh_ysb (                    -- 已售未过户 reported by the seller: handed over, never registered to the buyer
    xh     varchar(14) NOT NULL,
    sbrq   varchar(10) NOT NULL
);

CREATE TABLE drv_license (                -- 机动车驾驶证
    sfzmhm  varchar(18) NOT NULL,
    xm      text NOT NULL,
    zjcx    varchar(15) NOT NULL,         -- 准驾车型 written together: A2D, C1
    zt      varchar(4) NOT NULL,          -- A 正常, B 超分, C 转出, D 暂扣, E 撤销, F 吊销, G 注销, …
    ztrq    varchar(10) NOT NULL,         -- since when
    cclzrq  varchar(10) NOT NULL,         -- 初次领证日期
    yxqz    varchar(10) NOT NULL,         -- 有效期止, or 长期
    gxsj    timestamp NOT NULL
);

CREATE TABLE dm_zjcx (                    -- which vehicles a class may drive (公安部令 162 号 附件1)
    dm    varchar(2) NOT NULL,
    ksjs  varchar(40) NOT NULL
);
INSERT INTO dm_zjcx VALUES
    ('A1', 'A1 A3 B1 B2 C1 C2 C3 C4 M'), ('A2', 'A2 B1 B2 C1 C2 C3 C4 M'), ('A3', 'A3 C1 C2 C3 C4'), ('B1', 'B1 C1 C2 C3 C4 M'),
    ('B2', 'B2 C1 C2 C3 C4 M'), ('C1', 'C1 C2 C3 C4'), ('C2', 'C2'), ('C3', 'C3 C4'), ('C4', 'C4'), ('D', 'D E F'), ('E', 'E F'),
    ('F', 'F'), ('M', 'M');
