-- 公租房 applications, as the housing department's own system has them. The bus never writes here; its verdicts go to schema bus.

CREATE TABLE application (
    application_no  varchar(20) PRIMARY KEY,
    applicant_name  text NOT NULL,        -- as typed at the window
    id_type         char(3) NOT NULL DEFAULT '111',
    applicant_id    text NOT NULL,        -- as typed at the window
    officer_code    text NOT NULL,
    matter          text NOT NULL,
    submitted_at    timestamp NOT NULL DEFAULT now()
);

CREATE TABLE claim (                      -- one row is one declaration that somebody else must confirm
    claim_id           bigserial PRIMARY KEY,
    application_no     varchar(20) NOT NULL REFERENCES application,
    proof_item         text NOT NULL,     -- proof-01, proof-05, proof-17
    declared_1         text,              -- proof-01 marital status code, proof-05 town code, proof-17 category
    declared_2         text,              -- proof-01 spouse's id, proof-05 registered there since, proof-17 grade; null = not declared
    purpose            text NOT NULL,
    legal_basis        text NOT NULL,
    as_of              text NOT NULL,     -- 承诺日, ISO
    respond_within_ms  bigint,
    by_promise         boolean NOT NULL DEFAULT false,  -- checks what was promised (告知承诺); its answer moves the application's case
    version            int NOT NULL DEFAULT 1,
    updated_at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX claim_updated ON claim (updated_at, claim_id);

CREATE TABLE promise_step (               -- 告知承诺: what an officer did in an application that goes by promise instead of proof
    step_id         bigserial PRIMARY KEY,
    application_no  varchar(20) NOT NULL REFERENCES application,
    proof_item      text NOT NULL,
    step            text NOT NULL,        -- a move of agents/exchanges/commitment.yaml
    officer_code    text NOT NULL,
    text_hash       text,                 -- SHA-256 of the signed text (承诺书, 决定书)
    reason          text,
    risk            text,                 -- low, medium, high
    version         int NOT NULL DEFAULT 1,
    updated_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX promise_step_updated ON promise_step (updated_at, step_id);

CREATE TABLE zl_htba (                    -- 房屋租赁登记备案: the lease register, an older system in the same database
    babh    varchar(24) PRIMARY KEY,         -- 备案编号
    czr     text NOT NULL,                   -- 出租人
    czrzjh  varchar(20) NOT NULL,            -- its number as on the contract
    cyr     text,                            -- 承租人, as written then: 某某公司（筹）; empty in rows that the towns entered
    fwzl    text NOT NULL,                   -- 房屋坐落, free text
    fwmj    numeric(10, 2),
    qzrq    varchar(10) NOT NULL,            -- 起租: 2025/3/1
    zzrq    varchar(10),                     -- 终止: 2027/2/28; 不定期 or null for a lease without a term
    jcrq    varchar(10)                      -- 解除: ended before its term
);
