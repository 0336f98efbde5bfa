-- 优抚对象信息: categories in the system's own three-digit codes, grades in words; files of before 2000 may have no citizen id.

CREATE TABLE dm_yflb (                    -- 优抚类别 code table, private to this system; several old codes may mean one category
    lbdm  char(3) PRIMARY KEY,
    bzdm  char(1) NOT NULL,               -- category as the exchange knows it
    lbmc  text NOT NULL
);

CREATE TABLE yf_ryxx (                    -- 人员信息
    dah     varchar(20) NOT NULL,         -- 档案号
    sfzh    varchar(18),                  -- 身份证号; null in old files
    jrzjh   varchar(20),                  -- 军人证件号
    xm      text NOT NULL,
    cym     text NOT NULL DEFAULT '',
    ryzt    char(1) NOT NULL              -- 1 正常, 2 死亡, 3 优抚关系转出: the whole file went to another county
);

CREATE TABLE yf_rylb (                    -- 人员类别: one person may be in several
    dah   varchar(20) NOT NULL,
    lbdm  char(3) NOT NULL,
    scdj  varchar(4),                     -- 伤残等级: 一级 … 十级
    rdrq  varchar(10) NOT NULL,           -- 认定日期: 19850801 or 1985-08-01
    zzrq  varchar(10)                     -- 终止日期: the first day without
);
