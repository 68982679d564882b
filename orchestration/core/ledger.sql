-- What Python writes about a run and models read as the source `ledger`.
create schema if not exists ledger;

-- One row per run and as_of date: a repeated night replaces its row.
create table if not exists ledger.runs (
    run_id varchar not null,
    as_of_date date not null
);

-- One row: the key customer ids are hashed with. Here and not in a dbt variable, so that it never
-- reaches compiled SQL or a log.
create table if not exists ledger.customer_key (
    hash_key varchar not null
);

-- One row per day on which the company's country does not work, weekends included, as the latest run
-- knows them.
create table if not exists ledger.days_off (
    date date not null
);

-- One row per source and entity that the config of the latest run lets it deliver.
create table if not exists ledger.expected (
    source varchar not null,
    entity varchar not null
);

-- One row per dbt variable of the latest build, its value in JSON: dbt on the command line needs the
-- same to give the same numbers.
create table if not exists ledger.variables (
    name varchar not null,
    value varchar not null
);

-- One row per incremental model: the code and settings that made all of its rows, and the fingerprint
-- of these rows. No row: unknown.
create table if not exists ledger.recipes (
    model varchar not null,
    recipe varchar not null,
    rows_made varchar
);
-- A ledger of an earlier version has no fingerprint: NULL there, which no table has.
alter table ledger.recipes add column if not exists rows_made varchar;

-- One row per as_of date, source, entity and file: what was delivered and what became of it.
-- delivered = loaded + quarantined + superseded, in rows and, where every amount could be read,
-- in money (NULL: the entity has no money). `rows_read`: what the file of a mapping with a `query`
-- holds, where that is not the rows delivered. `rows_left_out`: rows read that `only_if` or the query
-- left out on purpose, and that are no part of the delivery.
create table if not exists ledger.loads (
    as_of_date date not null,
    source varchar not null,
    entity varchar not null,
    file varchar,
    rows_delivered bigint not null,
    rows_loaded bigint not null,
    rows_quarantined bigint not null,
    rows_superseded bigint not null,
    money_delivered decimal(38, 10),
    money_loaded decimal(38, 10),
    money_quarantined decimal(38, 10),
    money_superseded decimal(38, 10),
    rows_read bigint,
    rows_left_out bigint
);

-- A home of before may hold two places only.
alter table ledger.loads alter money_delivered type decimal(38, 10);
alter table ledger.loads alter money_loaded type decimal(38, 10);
alter table ledger.loads alter money_quarantined type decimal(38, 10);
alter table ledger.loads alter money_superseded type decimal(38, 10);

-- A home of before knows neither.
alter table ledger.loads add column if not exists rows_read bigint;
alter table ledger.loads add column if not exists rows_left_out bigint;

-- One row per source of a vendor and range of days that has been read to its end: of the nights, from
-- the first day of the first load to the last night; and of each backfill. `wanted_from`: the config's
-- `history_from` then.
create table if not exists ledger.history (
    source varchar not null,
    first_day date not null,
    last_day date not null,
    wanted_from date not null,
    is_backfill boolean not null
);

-- What the last published runs had, for gate 1 of later runs to compare with: a run that publishes
-- nothing writes nothing, and a run that is repeated for its as_of date replaces nothing. A run is
-- compared with runs of its own as_of date and of earlier ones (data_quality/shrunk.py).
-- `run_id`: '' in a ledger of an earlier version, which had one row per as_of date.

-- One row per run, source, day and currency: what the ads had spent.
create table if not exists ledger.ad_days (
    as_of_date date not null,
    source varchar not null,
    date date not null,
    currency varchar not null,
    spend decimal(38, 10) not null,
    ad_rows bigint,
    run_id varchar default ''
);
-- A ledger of an earlier version has no count of rows: NULL there.
alter table ledger.ad_days add column if not exists ad_rows bigint;
alter table ledger.ad_days add column if not exists run_id varchar default '';

-- One row per run, source and entity: how many rows were landed.
create table if not exists ledger.row_counts (
    as_of_date date not null,
    source varchar not null,
    entity varchar not null,
    row_count bigint not null,
    run_id varchar default ''
);
alter table ledger.row_counts add column if not exists run_id varchar default '';

-- One row per value that could not be read or breaks a key. A client's personal data is masked.
-- A dead letter, rejected on a night before, has no row_number.
create table if not exists ledger.quarantine (
    as_of_date date not null,
    source varchar not null,
    entity varchar not null,
    file varchar,
    row_number bigint,
    record_id varchar,
    column_name varchar,
    value varchar,
    reason varchar not null
);

-- Dead letters: one row per value of a vendor's row that was rejected and has neither been landed
-- since nor been deleted at the vendor. By key, whatever the night; `refused_on`: the last night that
-- rejected it.
create table if not exists ledger.unsettled (
    source varchar not null,
    entity varchar not null,
    file varchar,
    record_id varchar,
    column_name varchar,
    value varchar,
    reason varchar not null,
    has_key boolean not null,
    happened_on date,
    refused_on date not null
);

-- One row per as_of date, day, source, entity and check: what the two gates found.
create table if not exists ledger.checks (
    as_of_date date not null,
    gate varchar not null,
    date date not null,
    source varchar not null,
    entity varchar not null,
    check_id varchar not null,
    dimension varchar not null,
    value double,
    threshold double,
    passed boolean not null,
    severity varchar not null,
    affected_marts varchar,
    detail varchar
);
