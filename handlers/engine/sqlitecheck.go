package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// checkFile makes the file at path if there is none, and finds out whether it can become or
// is a session store, without changing it. It returns the file's identity.
//
// It must come before SQLite opens the file: closing any descriptor of a file drops the
// locks that the process holds on it.
func checkFile(ctx context.Context, path string) (fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("its folder does not exist")
	}
	if err != nil {
		return nil, fileCause(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fileCause(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	// SQLite keeps its log beside the file itself, wherever a link to it lies.
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fileCause(err)
	}
	if err := checkFolder(filepath.Dir(target)); err != nil {
		return nil, err
	}
	if info.Size() == 0 {
		return info, nil
	}
	header := make([]byte, 100)
	_, err = f.ReadAt(header, 0)
	if err == io.EOF {
		// SQLite itself would take a single byte for an empty file.
		return nil, errors.New("it cannot be read: file is not a database")
	}
	if err != nil {
		return nil, fileCause(err)
	}
	return info, checkSchema(ctx, target, header[18] == 2)
}

// checkFolder finds out whether files can be made in dir: SQLite needs two beside its own.
func checkFolder(dir string) error {
	f, err := os.CreateTemp(dir, ".sessions-*")
	if err != nil {
		return fmt.Errorf("its folder cannot be written to: %w", fileCause(err))
	}
	f.Close()
	return os.Remove(f.Name())
}

// checkSchema looks at the tables of an existing database. inWAL says that its header asks
// for a write-ahead log.
func checkSchema(ctx context.Context, path string, inWAL bool) error {
	params := []string{"_pragma=" + pragmas[0].name + "(" + pragmas[0].value + ")"}
	switch {
	case inWAL && !exists(path+"-wal"):
		// Nobody has the file open. SQLite would make a log beside it and leave it there,
		// unless it is told that the file does not change.
		params = append(params, "mode=ro", "immutable=1")
	case exists(path + "-journal"):
		// Perhaps its process was killed. Then SQLite has to undo what was begun before
		// anybody can read.
		params = append(params, "mode=rw")
	default:
		params = append(params, "mode=ro")
	}
	db, err := sql.Open("sqlite", dsn(path, params...))
	if err != nil {
		return err
	}
	defer db.Close()

	var f findings
	err = db.QueryRowContext(ctx, schemaFindings).Scan(&f.tables, &f.columns, &f.revoked, &f.unique, &f.rowid)
	if err != nil {
		return fmt.Errorf("it cannot be read: %w", err)
	}
	return f.problem()
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// findings are what is found in a database: the names of its tables, those of the columns of two of them, and
// whether a token can be there only once, in an ordinary table.
type findings struct {
	tables, columns, revoked string
	unique, rowid            bool
}

const schemaFindings = `
SELECT
	(SELECT coalesce(group_concat(name, ', '), '') FROM sqlite_schema
	 WHERE type IN ('table', 'view') AND name NOT GLOB 'sqlite_*'),
	(SELECT coalesce(group_concat(lower(name), ', ' ORDER BY lower(name)), '')
	 FROM pragma_table_xinfo('sessions')),
	(SELECT coalesce(group_concat(lower(name), ', ' ORDER BY lower(name)), '')
	 FROM pragma_table_xinfo('revoked')),
	EXISTS (SELECT 1 FROM pragma_index_list('sessions') AS i WHERE i."unique" AND NOT i.partial
	 AND (SELECT group_concat(lower(name)) FROM pragma_index_info(i.name)) = 'token'),
	EXISTS (SELECT 1 FROM pragma_table_list WHERE lower(name) = 'sessions' AND type = 'table' AND NOT wr)`

// problem says why the database can be no store; nil when it can.
func (f findings) problem() error {
	switch {
	case f.tables == "":
		return nil // an empty database is as good as none
	case f.columns == "":
		return fmt.Errorf("it is a database of something else: it has no table sessions, but %.100q",
			f.tables)
	case f.columns != "data, expiry, token":
		return fmt.Errorf("its table sessions has the columns %.100q instead of \"data, expiry, token\"",
			f.columns)
	case !f.rowid:
		return errors.New("its table sessions has no rowid, or is no ordinary table")
	case !f.unique:
		return errors.New("its table sessions lets a token occur twice: " +
			"the column must be the primary key or unique")
	case f.revoked != "" && f.revoked != "token, until":
		return fmt.Errorf("its table revoked has the columns %.100q instead of \"token, until\"", f.revoked)
	}
	return nil
}
