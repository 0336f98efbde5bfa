-- 国家医保信息平台, the county's copy: columns as the national platform names them.

CREATE TABLE psn_info_b (                 -- 人员信息, one row a 人员编号; moves and old systems gave one person several
    psn_no         varchar(30) NOT NULL,
    psn_cert_type  varchar(6) NOT NULL,   -- 01 居民身份证, 02 户口簿 (children, with the citizen id), 04 港澳通行证
    certno         varchar(50) NOT NULL,
    psn_name       varchar(50) NOT NULL,
    alis           varchar(50) NOT NULL DEFAULT '',  -- 曾用名
    surv_stas      varchar(3) NOT NULL    -- 生存状态: 1 正常, 2 死亡
);

CREATE TABLE psn_insu_d (                 -- 参保关系, one row a person, insurance and place
    psn_insu_rlts_id  varchar(30) NOT NULL,
    psn_no            varchar(30) NOT NULL,
    insutype          varchar(6) NOT NULL,   -- 310 职工, 390 城乡居民
    psn_insu_stas     varchar(3) NOT NULL,   -- 1 正常参保, 2 暂停参保, 4 终止参保
    psn_insu_date     varchar(10) NOT NULL,  -- 参保日期: 20240101 or 2024-01-01
    paus_insu_date    varchar(10),           -- 暂停参保日期: the first day without
    insu_admdvs       varchar(6) NOT NULL    -- 参保所属医保区划
);

CREATE TABLE psn_clct_detl_d (            -- 缴费明细: residents pay once for a year, and are insured for what they paid
    psn_no       varchar(30) NOT NULL,
    insutype     varchar(6) NOT NULL,
    accrym_begn  char(6) NOT NULL,        -- 费款所属期 from
    accrym_end   char(6) NOT NULL,        -- and to
    clct_flag    varchar(3) NOT NULL      -- 1 已到账, 0 未到账
);

CREATE TABLE psn_clct_base (              -- 缴费基数: the monthly wage that an employee's contributions are reckoned from
    psn_no     varchar(30) NOT NULL,
    accrym     char(6) NOT NULL,
    clct_base  numeric(12, 2) NOT NULL
);
