"""PostgreSQL, MySQL, MariaDB and SQLite by a query, and by a watermark what changed since."""
