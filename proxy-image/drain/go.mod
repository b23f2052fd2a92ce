module selvedge.dev/drain

go 1.26
