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
