-- 运政: the road transport administration's own system. Ends of permits are text as the clerk typed them.

CREATE TABLE yz_xkz (                     -- 许可证, one row an issue: a renewal (换证) keeps the number and makes a new row
    xkzid   bigint PRIMARY KEY,
    xkzh    varchar(40) NOT NULL,            -- 许可证号: 12 digits, in old rows inside words: 粤交运管许可湛字449999000021号
    czzj    varchar(20) NOT NULL,            -- 持证者证件: USCC, 组织机构代码, or a person's number
    czmc    text NOT NULL,                   -- 持证者名称
    lx      char(2) NOT NULL,                -- 01 普通货运, 02 危险货物, 03 客运, 11 从业资格
    fzrq    varchar(10) NOT NULL,            -- 发证日期: 2022-05-01
    yxqz    text NOT NULL,                   -- 有效期止: 2026-04-30, 2026年4月30日, 长期
    lxdh    text NOT NULL DEFAULT ''
);

CREATE TABLE yz_cs (                      -- 措施 on a permit, whichever its issue: [qsrq, zzrq)
    xkzh    varchar(40) NOT NULL,
    lx      char(1) NOT NULL,                -- 1 暂扣, 2 吊销, 3 注销
    qsrq    char(8) NOT NULL,
    zzrq    char(8),                         -- 暂扣 only: day on which it was given back
    wsh     text                             -- 文书号
);
