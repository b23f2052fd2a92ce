module selvedge.dev/image

go 1.26
