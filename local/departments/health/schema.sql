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
