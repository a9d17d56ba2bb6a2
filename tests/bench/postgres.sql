-- SPDX-License-Identifier: Apache-2.0
-- The same work in PostgreSQL: the same rules checked, the same rows kept, in stored procedures. It is
-- given what helps it: numbers come from sequences (so the journal may have gaps, and there is no tree),
-- a batch is worked off by whole sets, the fund line is split into a slot for each client so that they
-- do not wait for one row, and the driver gives each client enterprises of its own.

CREATE TABLE line (
    slot int PRIMARY KEY, available bigint NOT NULL, committed bigint NOT NULL, payable bigint NOT NULL
) WITH (fillfactor = 10);

CREATE TABLE account (
    id int PRIMARY KEY, ceiling bigint NOT NULL, issued bigint NOT NULL, redeemed bigint NOT NULL,
    vouchers int NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE claim (
    id int PRIMARY KEY, account int NOT NULL, contract bigint NOT NULL, rate int NOT NULL,
    net bigint NOT NULL, invoiced bigint NOT NULL, redeemed bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE voucher (
    number bigint PRIMARY KEY, claim int NOT NULL, face bigint NOT NULL, redeemed bigint NOT NULL,
    invoiced bigint NOT NULL, paid_last bigint NOT NULL, entry bigint NOT NULL, rate int NOT NULL,
    issued date NOT NULL, redeem_to date NOT NULL
) WITH (fillfactor = 85);

CREATE TABLE invoice (
    number text PRIMARY KEY, voucher bigint NOT NULL, amount bigint NOT NULL, dated date NOT NULL
);

CREATE TABLE journal (
    entry bigint PRIMARY KEY, booked timestamptz NOT NULL, refused boolean NOT NULL,
    record bytea NOT NULL, digest bytea NOT NULL
);
ALTER TABLE journal ALTER record SET STORAGE PLAIN;

CREATE TABLE request (id uuid PRIMARY KEY, entry bigint NOT NULL);

-- The vouchers that preload made are 1 to this one, without gaps.
CREATE TABLE preloaded (last bigint NOT NULL);

CREATE SEQUENCE entry_number CACHE 1000;
CREATE SEQUENCE voucher_number CACHE 1000;

-- Writes an entry and its request id.
CREATE FUNCTION book(p_id uuid, p_entry bigint, p_refused boolean, p_record bytea) RETURNS void
LANGUAGE sql AS $$
    WITH j AS (
        INSERT INTO journal VALUES (p_entry, clock_timestamp(), p_refused, p_record, sha256(p_record)))
    INSERT INTO request VALUES (p_id, p_entry);
$$;

-- The voucher's number; 0 when refused; less than 0 for a repeat.
CREATE FUNCTION issue_one(p_id uuid, p_claim int, p_amount bigint, p_body bytea, p_slot int) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    known bigint;
    good boolean;
    owner int;
    percent int;
    n bigint;
    v bigint := 0;
BEGIN
    SELECT entry INTO known FROM request WHERE id = p_id;
    IF FOUND THEN
        RETURN -known;
    END IF;
    SELECT a.id, c.rate,
           c.net + p_amount <= c.contract * c.rate / 1000000 AND a.issued + p_amount <= a.ceiling
      INTO owner, percent, good
      FROM claim c JOIN account a ON a.id = c.account WHERE c.id = p_claim FOR UPDATE OF c, a;
    n := nextval('entry_number');
    IF good THEN
        UPDATE line SET available = available - p_amount, committed = committed + p_amount
         WHERE slot = p_slot AND available >= p_amount;
        good := FOUND;
    END IF;
    IF good THEN
        v := nextval('voucher_number');
        WITH a AS (UPDATE account SET issued = issued + p_amount, vouchers = vouchers + 1 WHERE id = owner),
             c AS (UPDATE claim SET net = net + p_amount WHERE id = p_claim)
        INSERT INTO voucher VALUES (v, p_claim, p_amount, 0, 0, 0, n, percent, current_date,
                                    current_date + 365);
    END IF;
    PERFORM book(p_id, n, v = 0, p_body || int8send(n) || int8send(v) || int8send(p_amount));
    RETURN v;
END $$;

-- By sets when every row can be granted; row by row otherwise.
CREATE FUNCTION issue_batch(p_ids uuid[], p_claims int[], p_amounts bigint[], p_bodies bytea[], p_slot int)
RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    n bigint := cardinality(p_ids);
    total bigint := (SELECT sum(x) FROM unnest(p_amounts) x);
    granted bigint;
    answers bigint[];
BEGIN
    WITH sums AS (
        SELECT claim, sum(amount) AS s, count(*) AS k
          FROM unnest(p_claims, p_amounts) AS t(claim, amount) GROUP BY claim),
    c AS (
        UPDATE claim SET net = net + d.s FROM sums d
         WHERE id = d.claim AND net + d.s <= contract * rate / 1000000
        RETURNING account, d.s, d.k),
    a AS (
        UPDATE account SET issued = issued + e.s, vouchers = vouchers + e.k
          FROM (SELECT account, sum(s) AS s, sum(k)::int AS k FROM c GROUP BY account) e
         WHERE id = e.account AND issued + e.s <= ceiling
        RETURNING e.k)
    SELECT sum(k) INTO granted FROM a;
    UPDATE line SET available = available - total, committed = committed + total
     WHERE slot = p_slot AND available >= total;
    IF granted IS DISTINCT FROM n OR NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'VB001';
    END IF;
    WITH input AS MATERIALIZED (
        SELECT id, claim, amount, body, nextval('entry_number') AS entry,
               nextval('voucher_number') AS number
          FROM unnest(p_ids, p_claims, p_amounts, p_bodies) AS t(id, claim, amount, body)),
    r AS (INSERT INTO request SELECT id, entry FROM input),
    v AS (INSERT INTO voucher
          SELECT number, claim, amount, 0, 0, 0, entry, 500000, current_date, current_date + 365 FROM input),
    j AS (INSERT INTO journal
          SELECT entry, clock_timestamp(), false, record, sha256(record)
            FROM (SELECT entry, body || int8send(entry) || int8send(number) || int8send(amount) AS record
                    FROM input) x)
    SELECT array_agg(number) INTO answers FROM input;
    RETURN answers;
EXCEPTION WHEN unique_violation OR SQLSTATE 'VB001' THEN
    FOR i IN 1 .. n LOOP
        answers[i] := issue_one(p_ids[i], p_claims[i], p_amounts[i], p_bodies[i], p_slot);
    END LOOP;
    RETURN answers;
END $$;

-- What became payable; -1 when refused; less for a repeat.
CREATE FUNCTION redeem_one(p_id uuid, p_voucher bigint, p_invoice text, p_amount bigint, p_body bytea,
                           p_slot int) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    known bigint;
    n bigint;
    p bigint;
    spending int;
BEGIN
    SELECT entry INTO known FROM request WHERE id = p_id;
    IF FOUND THEN
        RETURN -1 - known;
    END IF;
    n := nextval('entry_number');
    SELECT v.claim, least(least(v.face, (v.invoiced + p_amount) * v.rate / 1000000) - v.redeemed,
                          (c.invoiced + p_amount) * c.rate / 1000000 - c.redeemed)
      INTO spending, p
      FROM voucher v JOIN claim c ON c.id = v.claim
     WHERE v.number = p_voucher AND v.redeemed < v.face AND v.redeem_to >= current_date
       FOR UPDATE OF v, c;
    IF p IS NOT NULL THEN
        INSERT INTO invoice VALUES (p_invoice, p_voucher, p_amount, current_date) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            p := NULL;
        END IF;
    END IF;
    IF p IS NOT NULL THEN
        WITH v AS (UPDATE voucher SET invoiced = invoiced + p_amount, redeemed = redeemed + p, paid_last = p
                    WHERE number = p_voucher),
             c AS (UPDATE claim SET invoiced = invoiced + p_amount, redeemed = redeemed + p
                    WHERE id = spending RETURNING account),
             a AS (UPDATE account SET redeemed = redeemed + p FROM c WHERE id = c.account)
        UPDATE line SET committed = committed - p, payable = payable + p WHERE slot = p_slot;
    END IF;
    PERFORM book(p_id, n, p IS NULL, p_body || int8send(n) || int8send(p_voucher) || int8send(coalesce(p, -1)));
    RETURN coalesce(p, -1);
END $$;

CREATE FUNCTION redeem_batch(p_ids uuid[], p_vouchers bigint[], p_invoices text[], p_amounts bigint[],
                             p_bodies bytea[], p_slot int)
RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    n bigint := cardinality(p_ids);
    good bigint;
    total bigint;
    answers bigint[];
BEGIN
    WITH input AS MATERIALIZED (
        SELECT id, voucher, invoice, amount, body, nextval('entry_number') AS entry
          FROM unnest(p_ids, p_vouchers, p_invoices, p_amounts, p_bodies)
               AS t(id, voucher, invoice, amount, body)),
    v AS (
        UPDATE voucher SET invoiced = invoiced + i.amount,
               redeemed = least(face, (invoiced + i.amount) * rate / 1000000),
               paid_last = least(face, (invoiced + i.amount) * rate / 1000000) - redeemed
          FROM input i WHERE number = i.voucher AND redeemed < face AND redeem_to >= current_date
        RETURNING i.id, i.entry, number, claim, paid_last, i.amount, i.body),
    c AS (
        UPDATE claim SET invoiced = invoiced + d.amount, redeemed = redeemed + d.paid
          FROM (SELECT claim, sum(amount) AS amount, sum(paid_last) AS paid, count(*) AS k
                  FROM v GROUP BY claim) d
         WHERE id = d.claim AND redeemed + d.paid <= (invoiced + d.amount) * rate / 1000000
        RETURNING account, d.paid, d.k),
    a AS (
        UPDATE account SET redeemed = redeemed + e.paid
          FROM (SELECT account, sum(paid) AS paid FROM c GROUP BY account) e WHERE id = e.account),
    f AS (INSERT INTO invoice SELECT invoice, voucher, amount, current_date FROM input),
    r AS (INSERT INTO request SELECT id, entry FROM input),
    j AS (INSERT INTO journal
          SELECT entry, clock_timestamp(), false, record, sha256(record)
            FROM (SELECT entry, body || int8send(entry) || int8send(number) || int8send(paid_last) AS record
                    FROM v) x)
    SELECT (SELECT sum(k) FROM c), sum(paid_last), array_agg(paid_last) INTO good, total, answers FROM v;
    IF good IS DISTINCT FROM n THEN
        RAISE EXCEPTION USING ERRCODE = 'VB001';
    END IF;
    UPDATE line SET committed = committed - total, payable = payable + total WHERE slot = p_slot;
    RETURN answers;
EXCEPTION WHEN unique_violation OR SQLSTATE 'VB001' THEN
    FOR i IN 1 .. n LOOP
        answers[i] := redeem_one(p_ids[i], p_vouchers[i], p_invoices[i], p_amounts[i], p_bodies[i], p_slot);
    END LOOP;
    RETURN answers;
END $$;

-- Enterprises, contracts, money for `slots` clients; each only once.
CREATE FUNCTION set_scene(enterprises int, contracts int, slots int, ceiling bigint, contract bigint,
                          rate int, funds bigint) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO line SELECT i, funds / slots, 0, 0 FROM generate_series(0, slots - 1) i ON CONFLICT DO NOTHING;
    INSERT INTO account SELECT i, ceiling, 0, 0, 0 FROM generate_series(0, enterprises - 1) i
        ON CONFLICT DO NOTHING;
    INSERT INTO claim SELECT i, i / contracts, contract, rate, 0, 0, 0
        FROM generate_series(0, enterprises * contracts - 1) i ON CONFLICT DO NOTHING;
$$;

-- Vouchers first_number to last_number, number i on claim i * 7919 % claims, as if they had been issued.
CREATE FUNCTION preload(first_number bigint, last_number bigint, claims int, contracts int, fen bigint,
                        random_ids boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO voucher
        SELECT i, i * 7919 % claims, fen, 0, 0, 0, i, 500000, current_date, current_date + 365
          FROM generate_series(first_number, last_number) i;
    INSERT INTO journal
        SELECT i, clock_timestamp(), false, record, sha256(record)
          FROM (SELECT i, decode(repeat('00', 226), 'hex') || int8send(i) || int8send(i) || int8send(fen) AS record
                  FROM generate_series(first_number, last_number) i) x;
    INSERT INTO request
        SELECT CASE WHEN random_ids THEN gen_random_uuid()
                    ELSE (lpad(to_hex(1700000000000 + i), 12, '0') || '7000'
                          || substr(md5(i::text), 1, 16))::uuid END, i
          FROM generate_series(first_number, last_number) i;
    UPDATE claim SET net = net + k * fen
      FROM (SELECT claim, count(*) AS k FROM voucher WHERE number BETWEEN first_number AND last_number
             GROUP BY claim) d WHERE id = d.claim;
    UPDATE account SET issued = issued + s, vouchers = account.vouchers + k
      FROM (SELECT claim / contracts AS account, sum(face) AS s, count(*)::int AS k FROM voucher
             WHERE number BETWEEN first_number AND last_number GROUP BY 1) d WHERE id = d.account;
    UPDATE line SET available = available - d.s, committed = committed + d.s
      FROM (SELECT (last_number - first_number + 1) * fen / count(*) AS s FROM line) d;
    DELETE FROM preloaded;
    INSERT INTO preloaded VALUES (last_number);
    PERFORM setval('entry_number', last_number), setval('voucher_number', last_number);
END $$;
