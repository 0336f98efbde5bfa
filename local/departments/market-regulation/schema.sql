-- 市场主体: backflow (回流) of the provincial 商事登记 system, in the vendor's column names. The city writes nothing here; what the province
-- has not sent is not here, which does not mean that it is not registered. REGSTATE is the state of the day it was sent, without its date.

CREATE TABLE e_baseinfo (                 -- 市场主体基本信息, one row an entity; sent again after a merge of registers, then twice
    pripid           varchar(36) NOT NULL,   -- 主体身份代码
    uniscid          varchar(18),            -- 统一社会信用代码; null where the entity never changed its papers after 2015
    zzjgdm           varchar(10),            -- 组织机构代码, with or without its dash
    regno            varchar(15),            -- 注册号 of before 2015
    entname          text NOT NULL,
    lerep            text,                   -- 法定代表人 or 经营者
    regstate         char(1) NOT NULL,       -- 1 存续, 2 吊销未注销, 3 注销, 4 迁出, 5 歇业
    estdate          varchar(10) NOT NULL,   -- 成立日期: 2019-05-06, or 20190506 in rows of the system before
    dom              text NOT NULL DEFAULT '',
    regcap           numeric,
    s_ext_timestamp  timestamp NOT NULL      -- when the province sent it
);

CREATE TABLE e_alter (                    -- 变更: what stood there before, what after
    pripid   varchar(36) NOT NULL,
    altitem  char(2) NOT NULL,               -- 01 名称, 02 住所, 03 法定代表人
    altbe    text,
    altaf    text,
    altdate  char(8) NOT NULL
);

CREATE TABLE e_revoke (                   -- 吊销
    pripid   varchar(36) NOT NULL,
    revdate  varchar(10) NOT NULL,
    revbasis text
);

CREATE TABLE e_cancel (                   -- 注销
    pripid   varchar(36) NOT NULL,
    candate  varchar(10) NOT NULL,
    canrea   text
);

CREATE TABLE e_dormant (                  -- 歇业: announced for at most three years; open until business is taken up again
    pripid    varchar(36) NOT NULL,
    startdate char(8) NOT NULL,
    enddate   char(8)
);

CREATE TABLE e_inv (                      -- 投资人及出资: shareholders, partners, members of a cooperative, who runs a 个体工商户
    pripid   varchar(36) NOT NULL,
    inv      text NOT NULL,
    cerno    varchar(18) NOT NULL,           -- 证件号 as typed
    subconam numeric(16, 6) NOT NULL,        -- 认缴出资额 in 万元, one row a subscription; of a 个体工商户 its 资金数额
    condate  char(8) NOT NULL,               -- since when it is this person's
    outdate  char(8)                         -- 转让 or 退伙: the first day on which it is another's
);
