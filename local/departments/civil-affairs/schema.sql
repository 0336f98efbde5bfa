-- 婚姻登记: one table of everything that was ever registered, never updated; status is what its rows add up to.

CREATE TABLE marriage_register (
    cert_no      varchar(32) NOT NULL,    -- 字号: J marriage, L divorce, B re-issue, C annulment
    kind         varchar(4) NOT NULL CHECK (kind IN ('结婚', '离婚', '补领', '撤销')),
    man_id       varchar(18) NOT NULL,    -- as it was written then: 15 digits in old rows
    man_name     text NOT NULL,           -- in the glyphs of the day: 葉 for 叶
    woman_id     varchar(18) NOT NULL,
    woman_name   text NOT NULL,
    reg_date     varchar(10) NOT NULL,    -- 19900307 before October 2003, 2003-10-01 since
    organ        char(18) NOT NULL,       -- USCC of the registering office
    old_cert_no  varchar(32),             -- the marriage that a 补领 or 撤销 is about; a 离婚 is about the couple's last marriage
    court_note   text,                    -- {"judgment_no": …, "date": …} where a court divorced or annulled
    entered_at   timestamp NOT NULL
);

-- 殡葬: what the crematorium's own program wrote. Whoever was buried is not in it.
CREATE TABLE bz_hhdj (                    -- 火化登记
    hhbh      varchar(20) NOT NULL,
    szsfzh    varchar(18) NOT NULL,       -- number of the dead
    szxm      text NOT NULL,
    hhsj      varchar(16) NOT NULL,       -- 2026/03/05 14:30, or 2026-03-05 since the program was changed
    cwdj      char(1) NOT NULL,           -- 1: entered under a wrong person's number, found out later
    gxsj      timestamp NOT NULL
);

-- 社会救助: 低保, 特困 and 低保边缘 families, with who of a family is covered and when.
CREATE TABLE shjz_jt (                    -- 救助家庭
    jtbh   varchar(20) NOT NULL,
    jzlb   varchar(12) NOT NULL,          -- 城市低保, 农村低保, 特困供养, 低保边缘
    kssj   varchar(10) NOT NULL,          -- first month, 2025-03 or 202503
    jssj   varchar(10),                   -- last month; open: null. Ended by review, or simply not renewed
    zt     char(1) NOT NULL               -- 1 在享, 2 停发, 9 错录
);

CREATE TABLE shjz_jtcy (                  -- 家庭成员
    jtbh   varchar(20) NOT NULL,
    sfzh   varchar(18) NOT NULL,
    xm     text NOT NULL,
    bzbz   char(1) NOT NULL,              -- 保障对象: 0 lives in the family and is not covered (单人保: only the sick one is)
    jrrq   varchar(10) NOT NULL,          -- came into the family, any form of a day
    lkrq   varchar(10),                   -- left it: married, died, counted in another family
    gxsj   timestamp NOT NULL
);

CREATE TABLE sy_djb (                     -- 收养登记
    djzh       varchar(20) NOT NULL,
    syr1_sfzh  varchar(18) NOT NULL,      -- adopter, and
    syr1_xm    text NOT NULL,
    syr2_sfzh  varchar(18),               -- the adopter's spouse, where both adopt
    syr2_xm    text,
    bsyr_sfzh  varchar(18) NOT NULL,      -- 被收养人
    bsyr_xm    text NOT NULL,             -- the name after the adoption
    djrq       varchar(10) NOT NULL,
    jcrq       varchar(10)                -- 解除收养关系
);
