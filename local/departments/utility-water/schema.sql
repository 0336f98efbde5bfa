-- 水费: the waterworks' own billing, pinyin names. Days are ISO text.

CREATE TABLE yh (                         -- 用户
    yhbh  varchar(12) PRIMARY KEY,           -- 户号: book-number, 03-00127
    hm    text NOT NULL,
    sfzh  varchar(20) NOT NULL DEFAULT '',   -- empty where nobody ever asked for it
    ysdz  text NOT NULL,                     -- 用水地址
    xhrq  varchar(10),                       -- 销户
    dh    text NOT NULL DEFAULT ''
);

CREATE TABLE zd (                         -- 账单
    yhbh  varchar(12) NOT NULL,
    zq    varchar(7) NOT NULL,               -- 账期 2026-09
    je    numeric(10, 2) NOT NULL,
    jzrq  varchar(10) NOT NULL,              -- 缴费截止日: the last day without arrears
    xzrq  varchar(10)                        -- 销账日期
);
