# What the tests of compile() share: data, and who is called while a model trains.

x <- matrix(seq(-1, 1, length.out = 16), 8)
y <- matrix(rep(c(-1, 1), 4))

model_of <- function(keras) {
  input <- keras$Input(shape = reticulate::tuple(2L))
  keras$Model(input, keras$layers$Dense(1L)(input))
}

identical_in_python <- function(x, y) {
  id <- reticulate::import_builtins()$id
  identical(id(x), id(y))
}

# Every call from Python into R goes through reticulate's call_r_function, of which
# rpytools.call has a name of its own.
count_callbacks <- function(code) {
  python <- reticulate::py_run_string(local = TRUE, convert = FALSE, code = "
def start():
    import rpycall, rpytools.call
    original, counted = rpycall.call_r_function, []
    def counting(*args, **kwargs):
        counted.append(1)
        return original(*args, **kwargs)
    rpycall.call_r_function = rpytools.call.call_r_function = counting
    def stop():
        rpycall.call_r_function = rpytools.call.call_r_function = original
        return len(counted)
    return stop
")
  stop <- reticulate::py_call(python$get("start"))
  on.exit(reticulate::py_call(stop))
  force(code)
  as_r(reticulate::py_call(stop))
}

# The standard output of an R script in a new session.
new_session <- function(lines, env = parent.frame()) {
  script <- withr::local_tempfile(fileext = ".R", lines = lines, .local_envir = env)
  system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", shQuote(script)),
    stdout = TRUE, stderr = FALSE
  )
}
