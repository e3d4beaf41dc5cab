% what: defines Python code
% expect: permission
attack :- py_call(builtins:exec('import os; os.system("touch {{write}}")'), _).
