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
