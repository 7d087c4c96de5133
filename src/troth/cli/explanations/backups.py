"""What do the codes of backups and restores mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "backup",
        "Something is wrong with a backup.",
        "The message says what, and that nothing was touched.",
        "The message says which problem.",
        "Read docs/guides/back-up-and-restore.md.",
    ),
    page(
        "backup:exists",
        "There is a file of that name.",
        "A backup replaces no other by accident.",
        "backups/monday.troth-backup is there already.",
        "Name another file, or give --force.",
    ),
    page(
        "backup:no-room",
        "The disk has too little room for the backup, or for the restored database.",
        "It is asked beforehand, so that no half of it is left and PostgreSQL does not stop.",
        "12 MB are free, about 900 MB needed.",
        "Free some, or choose a folder on another disk.",
    ),
    page(
        "backup:no-program",
        "There is no pg_dump or pg_restore for this server.",
        "An older pg_dump cannot read a newer server, and an older pg_restore no newer dump.",
        "No pg_dump of PostgreSQL 19 or newer was found.",
        "Install the client programs of that version and put them on PATH.",
    ),
    page(
        "backup:blind-role",
        "The role does not see every row.",
        "Row-level security holds for the owner too; a backup without some rows would look whole.",
        "The role troth_owner does not see every row.",
        "Make the role that the message shows, and set TROTH_BACKUP_URL to it.",
    ),
    page(
        "backup:program-failed",
        "pg_dump or pg_restore ended with an error.",
        "Its last words are in the message.",
        "pg_restore: error: role troth_search does not exist.",
        "Remove the cause and run the command again: nothing was kept.",
    ),
    page(
        "backup:damaged",
        "The file is not a whole backup.",
        "Every byte is compared with the manifest before anything is touched.",
        "database.dump is not the part that the manifest names.",
        "Take another copy of the file, or an older backup.",
    ),
    page(
        "backup:signature",
        "The backup is not signed by the key that was expected.",
        "The log's key signs the manifest, and the manifest names every part by its hash.",
        "The signature of troth/acme is not over this text.",
        "Find out who made the file. Where the key was changed on purpose, give --audit-key.",
    ),
    page(
        "backup:newer",
        "The backup was made by a newer Troth or a newer PostgreSQL.",
        "An old backup is brought up to a new version; the other way round there is no way.",
        "The backup was made by PostgreSQL 19.1, and here is PostgreSQL 18.6.",
        "Install that version.",
    ),
    page(
        "backup:passphrase",
        "The keys in the backup do not open.",
        "They are encrypted under the passphrase that was given when the backup was made.",
        "The passphrase is another one, or they were changed.",
        "Give the right one, or restore without keys and put the files back from elsewhere.",
    ),
    page(
        "restore:not-empty",
        "The place holds something.",
        "A restore goes into an empty place, so that it destroys nothing by accident.",
        "The workspace acme holds something: 4,711 audit entries.",
        "Give --into with a new folder, or --replace and the workspace's name.",
    ),
    page(
        "restore:in-use",
        "Somebody works with the database.",
        "What they write now would be lost without a word.",
        "2 other connections.",
        "Stop `troth serve` and other commands, then run the restore again.",
    ),
    page(
        "restore:at-work",
        "Another restore is at work here.",
        "Two of them would fill the same new database.",
        "Another restore into the workspace acme is at work.",
        "Wait for it, or end it.",
    ),
    page(
        "restore:no-database",
        "The role may not make a database.",
        "A restore fills a new one and then renames it, so that the old one stays till the end.",
        "permission denied to create database.",
        "Give the owner's role CREATEDB, as the message shows.",
    ),
    page(
        "restore:rows-differ",
        "What was restored is not what the manifest counts.",
        "Each table is compared by its rows and a hash over them.",
        "public.store_decision (12 rows instead of 13 rows).",
        "Take an older backup.",
    ),
    page(
        "restore:log-differs",
        "The audit log in the backup is not the one that was signed.",
        "It is computed again from its entries and compared with every checkpoint that is known.",
        "The first 900 entries are not those of the checkpoint 000000000900.note.",
        "Take another backup, and find out who changed this one.",
    ),
)
