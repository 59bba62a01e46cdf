//! Decides how statements are written: one text with `$1` places for both databases, values always bound.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, Value};

/// Evaluated in a statement of PostgreSQL: its transaction's commit does not wait for the disk. For what is done again where it was
/// lost, and only that.
pub(crate) const NO_FLUSH: &str = "set_config('synchronous_commit', 'off', true)";

/// Binds values to a statement's places.
pub(crate) fn statement(db: &impl ConnectionTrait, text: impl Into<String>, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), text, values)
}

/// Runs a statement that answers no rows.
pub(crate) async fn run(
    db: &impl ConnectionTrait,
    text: impl Into<String>,
    values: Vec<Value>,
) -> Result<ExecResult, DbErr> {
    db.execute_raw(statement(db, text, values)).await
}

/// Runs a query for at most one row.
pub(crate) async fn one(
    db: &impl ConnectionTrait,
    text: impl Into<String>,
    values: Vec<Value>,
) -> Result<Option<QueryResult>, DbErr> {
    db.query_one_raw(statement(db, text, values)).await
}

/// Runs a query.
pub(crate) async fn all(
    db: &impl ConnectionTrait,
    text: impl Into<String>,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>, DbErr> {
    db.query_all_raw(statement(db, text, values)).await
}

/// Statements that answer no rows, as one text for one round trip. Places count through all of them, and none may need what
/// another of them writes.
pub(crate) fn together(backend: DbBackend, first: &[&str], last: &str) -> String {
    if backend == DbBackend::Postgres {
        let with = first.iter().enumerate().map(|(n, text)| format!("s{n} AS ({text})")).collect::<Vec<_>>();
        return format!("WITH {} {last}", with.join(", "));
    }
    format!("{}; {last}", first.join("; "))
}

/// The places of `rows` rows of `columns` values, counted on from `from`: `($1,$2),($3,$4)`.
pub(crate) fn places(rows: usize, columns: usize, from: usize) -> String {
    let mut text = String::with_capacity(rows * columns * 5);
    let mut place = from;
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ",(" });
        for column in 0..columns {
            if column > 0 {
                text.push(',');
            }
            text.push('$');
            text.push_str(&place.to_string());
            place += 1;
        }
        text.push(')');
    }
    text
}

/// Small values as PostgreSQL writes an array, to be cast with `::text::int[]` and the like: the driver binds no arrays.
pub(crate) fn array<T: ToString>(items: impl Iterator<Item = T>) -> String {
    let quote = |item: T| format!("\"{}\"", item.to_string().replace('\\', "\\\\").replace('"', "\\\""));
    let quoted: Vec<String> = items.map(quote).collect();
    format!("{{{}}}", quoted.join(","))
}

/// Row numbers are stored as `BIGINT`; they never come near its end.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The other way; a negative number cannot be a row's and reads as none.
pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_of_one_round_trip_are_one_text() {
        assert_eq!(together(DbBackend::Sqlite, &["A", "B"], "C"), "A; B; C");
        assert_eq!(together(DbBackend::Postgres, &["A", "B"], "C"), "WITH s0 AS (A), s1 AS (B) C");
    }

    #[test]
    fn arrays_are_written_as_postgresql_reads_them() {
        assert_eq!(array(["a.b", r#"c"d\e"#].into_iter()), r#"{"a.b","c\"d\\e"}"#);
        assert_eq!(array([1, 20].into_iter()), r#"{"1","20"}"#);
        assert_eq!(array(std::iter::empty::<bool>()), "{}");
    }
}
