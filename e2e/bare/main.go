// Bare is what the lab's figures are held against: the smallest chi and SCS app that stores one value
// and shows a page of 6 KB. It keeps sessions in one of three ways: as SCS's README does it, with
// write-ahead logging and a pool of its own for writing, or in memory.
package main

import (
	"database/sql"
	"flag"
	"fmt"
	"html/template"
	"log"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/go-chi/chi/v5"
	_ "modernc.org/sqlite"
)

const table = `CREATE TABLE sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL);
CREATE INDEX sessions_expiry_idx ON sessions(expiry);`

func main() {
	way := flag.String("store", "split", "readme, split or memory")
	file := flag.String("db", "bare.db", "SQLite file, made anew")
	flag.Parse()

	sessions := scs.New()
	sessions.Lifetime = 400 * time.Second
	sessions.Store = store(*way, *file)

	page := template.Must(template.New("page").Parse("<!doctype html><title>Bare</title>" +
		"<h1>Hello {{.Name}}</h1>{{range .Lines}}<p>{{.}}</p>{{end}}"))
	lines := make([]string, 60)
	for i := range lines {
		lines[i] = strings.Repeat("text ", 17)
	}
	r := chi.NewRouter()
	r.Use(sessions.LoadAndSave)
	r.Get("/get", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		data := struct {
			Name  string
			Lines []string
		}{sessions.GetString(r.Context(), "fname"), lines}
		if err := page.Execute(w, data); err != nil {
			log.Print(err)
		}
	})
	r.Post("/set", func(w http.ResponseWriter, r *http.Request) {
		sessions.Put(r.Context(), r.PostFormValue("key"), r.PostFormValue("value"))
		http.Redirect(w, r, "/get", http.StatusSeeOther)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("bare %s: http://%s\n", *way, listener.Addr())
	log.Fatal(http.Serve(listener, r))
}

func store(way, file string) scs.Store {
	switch way {
	case "memory":
		return memstore.New()
	case "readme":
		db := open("file:" + file)
		create(db)
		return sqlite3store.New(db)
	case "split":
		const wal = "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"
		writer := open("file:" + file + wal)
		writer.SetMaxOpenConns(1)
		create(writer)
		reader := open("file:" + file + wal + "&_pragma=query_only(1)")
		reader.SetMaxOpenConns(4)
		reader.SetMaxIdleConns(4)
		return split{sqlite3store.New(writer), sqlite3store.NewWithCleanupInterval(reader, 0)}
	}
	log.Fatalf("unknown store %q", way)
	return nil
}

func open(dsn string) *sql.DB {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		log.Fatal(err)
	}
	return db
}

func create(db *sql.DB) {
	if _, err := db.Exec(table); err != nil {
		log.Fatal(err)
	}
}

// split writes over one pool and reads over another.
type split struct {
	*sqlite3store.SQLite3Store
	reader *sqlite3store.SQLite3Store
}

func (s split) Find(token string) ([]byte, bool, error) { return s.reader.Find(token) }
