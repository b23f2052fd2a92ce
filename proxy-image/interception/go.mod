module selvedge.dev/interception

go 1.26
